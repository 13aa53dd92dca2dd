"""Tests the command ``python -m lrscape.plot_heatmaps``."""

import subprocess
import sys

import matplotlib.image
import numpy as np
import pytest
import xarray as xr

from lrscape import plot_heatmaps
from made_results import figure_of, store, valley, write_store  # noqa: F401
from program import run_program


def run_command(*arguments):
    command = [sys.executable, "-m", "lrscape.plot_heatmaps", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_writes_a_picture_as_wide_as_a_readme_wants(store, tmp_path):
    picture = tmp_path / "picture.png"
    done = run_command(store, "--out", picture)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert matplotlib.image.imread(picture).shape[1] == 1600


def test_one_optimizer_can_be_chosen(store):
    panels = plot_heatmaps.read_panels([str(store)], "adamw-lh")
    assert [panel.optimizer for panel in panels] == ["adamw-lh"]
    np.testing.assert_allclose(panels[0].losses, valley(0, 0, seeds=3), rtol=1e-6)


def test_every_value_of_a_further_axis_has_a_panel_that_names_it(tmp_path):
    path = tmp_path / "axes.zarr"
    run_program(
        "sweep --n 12 --n-val 6 --d 5 --device cpu --optimizer adamw-pt --lr 1e-3:1:3 --wd 0.1,1 "
        f"--epochs 1,2 --beta2 0.9,0.99 --schedule wsd,cosine --quiet --out {path}"
    )
    panels = plot_heatmaps.read_panels([str(path)], None)
    assert len(panels) == 8
    assert panels[1].settings == "wsd:cooldown=0.2,shape=linear\nbeta2 0.9\nepochs 2"
    chosen = plot_heatmaps.read_panels([str(path)], None, "beta2=0.99,epochs=2,schedule=cosine")
    assert [panel.settings for panel in chosen] == [""]
    wsd = "schedule=wsd:cooldown=0.2,shape=linear,epochs=1"
    assert [panel.settings for panel in plot_heatmaps.read_panels([str(path)], None, wsd)] == [
        "beta2 0.9",
        "beta2 0.99",
    ]
    whole = xr.open_dataset(path, engine="lrscape")
    one = whole.sel(beta2=0.99, epochs=2, schedule="cosine", optimizer="adamw-pt").validation_loss
    np.testing.assert_array_equal(chosen[0].losses, one.values)
    assert np.isfinite(whole.validation_loss.values).all()
    figure_of(path).savefig(tmp_path / "axes.png")
    for wrong in ("beta1=0.9", "beta2=0.5", "epochs=x", "schedule"):
        with pytest.raises(ValueError, match="--at"):
            plot_heatmaps.read_panels([str(path)], None, wrong)


def test_errors_are_one_line_and_exit_code_2(store, tmp_path, capsys):
    nothing = np.full((5, 6, 1), np.nan)
    not_run = write_store(tmp_path / "not_run.zarr", {"sgd": nothing})
    empty = write_store(tmp_path / "empty.zarr", {"sgd": nothing[:0]}, rates=[])
    damaged = write_store(tmp_path / "damaged.zarr", {"sgd": valley(0, 0)})
    chunk = damaged / "validation_loss" / "c.0.0.0.0"
    chunk.write_bytes(bytes(4) + chunk.read_bytes()[4:])
    picture = tmp_path / "picture.png"
    for arguments, reason in (
        ([tmp_path / "missing.zarr"], "no such folder"),
        ([not_run], "no run of this sweep is done"),
        ([empty], "empty.zarr"),
        ([damaged], "checksum does not match"),
        ([store, "--optimizer", "adamw-pq"], "did you mean 'adamw-pt'?"),
        ([store, "--out", tmp_path / "no" / "folder.png"], "cannot be written"),
        ([store, "--out", tmp_path / "picture.unknown"], "cannot be written"),
    ):
        arguments = ["--out", picture, *arguments]
        assert plot_heatmaps.main([str(argument) for argument in arguments]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1 and reason in printed.err
    assert not picture.exists()


def test_names_cannot_control_the_terminal_or_the_picture(tmp_path):
    name = "a\x1b[31m\u202eb\n"
    done = run_command(tmp_path / f"{name}.zarr", "--out", tmp_path / "picture.png")
    assert done.returncode == 2
    assert done.stderr.endswith("a\\x1b[31m\\u202eb\\n.zarr: no such folder\n")
    path = write_store(tmp_path / "odd.zarr", {name: valley(0, 0)})
    figure = figure_of(path)
    assert figure.axes[0].get_title() == "a\\x1b[31m\\u202eb\\n"


def test_a_missing_path_ends_the_process_with_code_2_and_no_traceback(tmp_path):
    done = run_command(tmp_path / "missing.zarr", "--out", tmp_path / "picture.png")
    assert done.returncode == 2
    assert done.stderr == f"plot_heatmaps: {tmp_path / 'missing.zarr'}: no such folder\n"
