"""Tests the accessor .lrscape against the program, which gives the same numbers as JSON."""

import json
import math

import numpy as np
import pytest
import xarray as xr

import lrscape
from program import ask_program, run_program

PROBLEM = {"rows": 40, "validation_rows": 40, "features": 30}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("answers") / "map.zarr"
    lrscape.sweep(
        optimizer=["adamw-pt", "adamw-lh"], lr="1e-3:1e3:12", wd="1e-3:1:10", seeds=4, epochs=10,
        beta2=[0.9, 0.99], problem=PROBLEM, record="epoch", out=path,
    )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def result(path):
    return xr.open_dataset(path, engine="lrscape")


def number(value):
    """JSON has null for numbers that are not finite."""
    return math.nan if value is None else value


def same(found, expected):
    np.testing.assert_array_equal(np.asarray(found, float), np.asarray(expected, float))


def each(path, command, *options):
    """Each answer of the program with its place in the dataset."""
    key = {"show": "results", "slice": "slices"}[command]
    for one in ask_program(command, path, *options)[key]:
        yield one, {"optimizer": one["optimizer"], **one["at"]}


def test_best_cells_are_those_of_show(path, result):
    best = result.lrscape.best()
    assert best.loss.dims == ("optimizer", "beta2")
    for one, place in each(path, "show"):
        at = best.sel(place)
        for name in ("loss", "standard_error", "learning_rate", "weight_decay"):
            same(at[name], number(one["best"][name]))
        expected = one["best"]["expected_loss"]
        for name, key in (("loss", "value"), ("low", "low"), ("high", "high")):
            same(at[f"expected_{name}"], number(expected[key]))
        good = one["as_good_as_best"]
        same(at.cells_as_good, good["cells"])
        same([at.lowest_learning_rate, at.highest_learning_rate], good["learning_rate"])
        same([at.lowest_weight_decay, at.highest_weight_decay], good["weight_decay"])
        assert at.edge.item() == "; ".join(one["edge"])


def test_ridges_and_slopes_are_those_of_show(path, result):
    ridge, slope = result.lrscape.ridge(), result.lrscape.slope()
    points = 0
    for one, place in each(path, "show"):
        found = ridge.weight_decay.sel(place).dropna("learning_rate")
        same(list(zip(found.learning_rate.values, found.values)), one["ridge"] or np.empty((0, 2)))
        points += len(found)
        at = slope.sel(place)
        if one["slope"] is None:
            assert np.isnan(at.slope)
            continue
        for name, key in (("slope", "value"), ("low", "low"), ("high", "high"), ("points", "points")):
            same(at[name], number(one["slope"][key]))
        same([at.lowest_learning_rate, at.highest_learning_rate], one["slope"]["learning_rate"])
    assert points > 3


@pytest.mark.parametrize("held", [{"wd": 0.01}, {"product": 0.003}])
def test_slices_are_those_of_slice(path, result, held):
    ((name, value),) = held.items()
    found = result.lrscape.slice(**held, within=0.05)
    for one, place in each(path, "slice", f"--{name}", value, "--within", "5%"):
        at = found.sel(place)
        shown = at.dropna("learning_rate", subset=["weight_decay"])
        for key in ("learning_rate", "weight_decay", "interpolated"):
            same(shown[key], [point[key] for point in one["points"]])
        finite = np.isfinite(shown.loss.values)
        same(shown.loss.values[finite], [p["loss"] for p in one["points"] if p["loss"] is not None])
        width = one["width_decades"]
        same([at.decades, at.decades_low, at.decades_high], [number(width[k]) for k in ("value", "low", "high")])


def test_comparisons_are_differences_seed_by_seed(result):
    first, second = (result.sel(optimizer=name, beta2=0.9) for name in ("adamw-pt", "adamw-lh"))
    found = first.lrscape.compare(second)
    losses = [one.validation_loss.isel(epoch=-1).astype(float) for one in (first, second)]
    difference = (losses[0] - losses[1]).where(np.isfinite(losses[0] - losses[1]))
    expected = difference.mean("seed", skipna=False)
    error = difference.std("seed", ddof=1, skipna=False) / 2
    finite = np.isfinite(expected.values)
    assert finite.sum() > 50
    np.testing.assert_allclose(found.difference.values[finite], expected.values[finite], rtol=1e-12)
    np.testing.assert_allclose(found.standard_error.values[finite], error.values[finite], rtol=1e-9, atol=1e-15)
    better = xr.where(expected < -2 * error, 1, xr.where(expected > 2 * error, 2, 0))
    np.testing.assert_array_equal(found.better.values[finite], better.values[finite])
    assert found.first_better.item() == (found.better == 1).sum().item()
    assert found.seeds.item() == 4


def test_answers_about_a_part_are_those_of_the_part(path, result):
    part = result.sel(optimizer="adamw-pt", learning_rate=slice(0.01, 1)).isel(seed=[0, 2], beta2=0)
    (one,) = (one for one, place in each(path, "show", "--lr 0.01:1 --seed 0,2 --optimizer adamw-pt --at beta2=0.9"))
    same(part.lrscape.best().loss, one["best"]["loss"])
    row = result.isel(learning_rate=3, seed=1)
    assert row.lrscape.best().weight_decay.dims == ("optimizer", "beta2")
    up_to = result.sel(epoch=slice(None, 4)).drop_vars("epochs")
    (one, *_) = (one for one, _ in each(path, "show", "--epoch 4"))
    same(up_to.lrscape.best().loss[0, 0], one["best"]["loss"])


def test_runs_of_fewer_epochs_count_at_their_own_end():
    grid = {"lr": [0.01, 0.1], "wd": [0.1, 1], "seeds": 2, "problem": PROBLEM, "record": "epoch"}
    both = lrscape.sweep(epochs=[2, 5], **grid).lrscape.best().loss
    for epochs in (2, 5):
        same(both.sel(epochs=epochs), lrscape.sweep(epochs=epochs, **grid).lrscape.best().loss)


def test_what_is_not_a_map_is_refused(result):
    with pytest.raises(ValueError, match="no result of a sweep"):
        lrscape.bound("cosine", 10).lrscape.best()
    with pytest.raises(ValueError, match="no coordinate seed"):
        result.isel(seed=0, drop=True).lrscape.best()
    with pytest.raises(ValueError, match="either wd or product"):
        result.lrscape.slice()
    with pytest.raises(ValueError, match="4 maps, but the other has 2"):
        result.lrscape.compare(result.isel(beta2=0))


def taken_apart(page):
    """The description of a page, and the rest of the page."""
    before, _, after = page.read_text().partition('<script type="application/json" id="description">')
    description, _, rest = after.partition("</script>")
    return json.loads(description), before + rest


def test_reports_are_those_of_the_program(path, result, tmp_path):
    run_program(f"report {path} --out {tmp_path / 'program.html'}")
    result.lrscape.report(tmp_path / "package.html", name=str(path))
    (expected, rest), (found, own) = (taken_apart(tmp_path / f"{name}.html") for name in ("program", "package"))
    assert expected.pop("command_line").startswith("lrscape report ")
    assert found.pop("command_line").startswith("dataset.lrscape.report(")
    assert found == expected and own == rest


def test_reports_show_parts_and_several_results(path, result, tmp_path):
    page = tmp_path / "page.html"
    result.isel(optimizer=0, beta2=0).lrscape.report(page, result, title="Two")
    description, _ = taken_apart(page)
    assert description["title"] == "Two"
    assert [one["path"] for one in description["results"]] == [str(path), str(path)]
    assert [len(one["maps"]) for one in description["results"]] == [1, result.optimizer.size * result.beta2.size]
    with pytest.raises(ValueError, match="no result of a sweep"):
        lrscape.bound("cosine", 10).lrscape.report(page)
    page.write_text("notes")
    with pytest.raises(ValueError, match="is not a report"):
        result.lrscape.report(page)
    assert page.read_text() == "notes"
