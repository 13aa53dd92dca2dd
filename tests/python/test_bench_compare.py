"""Tests the comparison of sweeps and its numpy peer.

The other peers need libraries that the tests do not install, but the same code drives them.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

import contenders
import sweeps
from peers import sweep_task
from program import PROGRAM
from reporting import BenchmarkError, duration, significant
from sweep_numpy import NumpyPeer

BENCH_FOLDER = Path(__file__).resolve().parents[2] / "bench"

SMALL = "--rows 40 --features 60 --epochs 20 --batch 10 --side 8 --repeats 2 --seconds 0.05"


def small_task(optimizer, **changes):
    """A task with 16 cells, two seeds and eight rows."""
    rate = 0.1 if optimizer == "adamw-pt" else 1e-3
    grid = contenders.Grid.square((rate / 10, rate), (0.01, 1), 4)
    values = {"momentum": 0.9, "seeds": 2, "epochs": 6, "batch": 4, **changes}
    return grid, grid.task(8, 5, optimizer=optimizer, **values)


def losses_of_program(task, folder, precision):
    """The program's losses by (learning rate, weight decay, seed). Passes the problem in files."""
    command = [PROGRAM, "sweep", "--optimizer", task.optimizer, "--precision", precision]
    for option, name in contenders.OurSide.FILES.items():
        np.save(folder / f"{name}.npy", getattr(task, name))
        command += [option, folder / f"{name}.npy"]
    for option, values in (("--lr", task.learning_rates), ("--wd", task.weight_decays)):
        command += [option, ",".join(repr(float(value)) for value in np.unique(values))]
    command += ["--epochs", task.epochs, "--batch", task.batch, "--seeds", task.seeds]
    command += ["--momentum", task.momentum] if task.optimizer == "sgd" else []
    command += ["--out", folder / "result.zarr", "--quiet"]
    subprocess.run(list(map(str, command)), check=True)
    export = [PROGRAM, "export", folder / "result.zarr"]
    text = subprocess.run(export, capture_output=True, text=True, check=True).stdout
    return {
        tuple(float(row[name]) for name in ("learning_rate", "weight_decay", "seed")): float(
            row["validation_loss"]
        )
        for row in csv.DictReader(text.splitlines())
    }


# The task


def test_philox_gives_the_known_answers():
    # From kat_vectors of Random123, the generator's original implementation.
    for word, expected in (
        (0, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        (0xFFFFFFFF, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    ):
        assert [int(w) for w in sweep_task.philox([word] * 4, [word] * 2)] == expected


def test_every_epoch_is_a_permutation_of_its_own():
    order = sweep_task.row_order(3, 5, 12)
    assert (np.sort(order, axis=1) == np.arange(12)).all()
    assert len({tuple(epoch) for epoch in order.tolist()}) == 5
    assert (sweep_task.row_order(4, 5, 12) != order).any()


def test_chunks_go_through_the_seeds_and_begin_the_grid_anew():
    _, task = small_task("sgd")
    chunks = [task.chunk(number, 6) for number in range(6)]
    assert [seed for seed, _ in chunks] == [0, 1, 0, 1, 0, 1]
    assert chunks[1][1].tolist() == [0, 1, 2, 3, 4, 5]
    assert chunks[4][1].tolist() == [12, 13, 14, 15, 0, 1]


def test_a_task_comes_back_from_its_file(tmp_path):
    _, task = small_task("adamw-pt")
    task.save(tmp_path / "task.npz")
    again = sweep_task.Task.load(tmp_path / "task.npz")
    assert again.optimizer == "adamw-pt" and again.seeds == 2 and again.momentum == 0.9
    np.testing.assert_array_equal(again.weight_decays, task.weight_decays)


# The peer


# In fp64 the losses differ only by rounding: about 1e-16 per step, for 12 steps.
@pytest.mark.parametrize("optimizer", ["adamw-pt", "sgd"])
def test_numpy_reaches_the_losses_of_the_program(tmp_path, optimizer):
    _, task = small_task(optimizer, precision="fp64")
    expected = losses_of_program(task, tmp_path, "fp64")
    peer = NumpyPeer(task, "cpu")
    assert len(expected) == 32
    for seed in (0, 1):
        found = peer.train(task.learning_rates, task.weight_decays, task.batches(seed))
        wanted = [
            expected[rate, decay, seed]
            for rate, decay in zip(task.learning_rates, task.weight_decays)
        ]
        np.testing.assert_allclose(found, wanted, rtol=1e-11)
        other = peer.train(task.learning_rates, task.weight_decays, task.batches(seed + 1))
        assert np.abs(other / wanted - 1).max() > 1e-3


def test_the_command_line_of_a_peer_trains_and_tells_its_times(tmp_path):
    _, task = small_task("sgd")
    task.save(tmp_path / "task.npz")
    script = BENCH_FOLDER / "peers" / "sweep_numpy.py"
    command = [sys.executable, script, "--task", tmp_path / "task.npz", "--runs", "20"]
    done = subprocess.run([*command, "--chunks", "8"], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["chunk"] == 8 and len(answer["losses"]) == 24
    assert answer["seconds"] > 0 and answer["load_seconds"] > 0
    seed, cells = task.chunk(2, 8)
    expected = NumpyPeer(task, "cpu").train(
        task.learning_rates[cells], task.weight_decays[cells], task.batches(seed)
    )
    np.testing.assert_allclose(answer["losses"][16:], expected, rtol=1e-6)  # Both are fp32.


# The comparison


def run(*arguments):
    command = [str(BENCH_FOLDER / "compare"), "--program", str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_small_run_writes_its_table_its_picture_and_its_numbers(tmp_path):
    small = [*SMALL.split(), "--seeds", "2", "--peers", "numpy", "--name", "here"]
    done = run("--out", tmp_path, *small)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "here"
    text = (folder / "sweeps.md").read_text()
    assert text in done.stdout
    for part in (
        "## AdamW",
        "## SGD with momentum 0.9",
        "one core: runs/s",
        "numpy 2.",
        "lrscape 0",
    ):
        assert part in text
    assert matplotlib.image.imread(folder / "sweeps.png")[..., :3].std() > 0.05

    rows = json.loads((folder / "sweeps.json").read_text())["rows"]
    for row in rows:  # The process of each core trains the same number of chunks.
        assert row["kind"] == "lrscape" or row["runs"] % (row["cores"] * row["chunk"]) == 0
    every = len(os.sched_getaffinity(0))
    assert {row["cores"] for row in rows} == {1, every}
    rows = [row for row in rows if row["cores"] == 1]
    assert {(row["kind"], row["optimizer"]) for row in rows} == {
        (kind, optimizer) for kind in ("lrscape", "numpy") for optimizer in ("adamw-pt", "sgd")
    }
    for row in rows:
        assert len(row["seconds"]) == 2 and row["runs"] > 0
        assert row["kind"] == "numpy" or row["runs"] == 128
        assert row["kind"] == "lrscape" or 0 < row["difference"] < 1e-4

    ours, numpys = (
        next(row for row in rows if (row["kind"], row["optimizer"]) == (kind, "adamw-pt"))
        for kind in ("lrscape", "numpy")
    )
    rates = [np.median(row["runs"] / np.array(row["seconds"])) for row in (ours, numpys)]
    line = next(line for line in text.splitlines() if line.startswith("| numpy, batched |"))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1].startswith(significant(rates[1]) + " [")
    assert cells[2] == significant(1e9 / rates[1] / 80)  # 20 epochs of 4 steps.
    assert cells[3] == f"{significant(rates[0] / rates[1])} times"


def test_bounds_have_a_comparison_of_their_own():
    command = [str(BENCH_FOLDER / "compare"), "bounds", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--longest" in done.stdout and "--side" not in done.stdout


def write_peer(folder, change):
    """Writes a numpy peer that executes `change` after its training."""
    (folder / "peer.py").write_text(
        f"import sys; sys.path.insert(0, {str(BENCH_FOLDER / 'peers')!r})\n"
        "import time, sweep_numpy\n"
        "class Peer(sweep_numpy.NumpyPeer):\n"
        "    def train(self, *arguments):\n"
        "        losses = super().train(*arguments)\n"
        f"        {change}\n"
        "sizes = {'cpu': (8,), 'cuda': (8,)}\n"
        "sys.exit(sweep_numpy.serve(Peer, sweep_numpy.versions, sizes, 'A peer'))\n"
    )
    return contenders.Kind("odd", "an odd peer", str(folder / "peer.py"))


def compare_with(monkeypatch, kind, folder):
    monkeypatch.setattr(sweeps, "KINDS", (contenders.KINDS[0], kind))
    small = [*SMALL.split(), "--cores", "1", "--optimizers", "sgd", "--name", "here"]
    return sweeps.main(["--program", str(PROGRAM), "--out", str(folder / "results"), *small])


def test_a_peer_with_other_losses_is_refused(tmp_path, monkeypatch, capsys):
    kind = write_peer(tmp_path, "losses[-1] *= 1.001; return losses")
    assert compare_with(monkeypatch, kind, tmp_path) == 2
    message = capsys.readouterr().err.splitlines()[-1]
    assert message.startswith("compare: an odd peer does not reach lrscape's losses for sgd")
    assert "1.0e-03" in message
    assert not (tmp_path / "results").exists()


def test_a_loss_that_is_not_finite_is_another_loss():
    for odd in (np.nan, np.inf):
        assert contenders.largest_difference(np.array([1, odd]), np.ones(2)) == np.inf
    found = contenders.largest_difference(np.array([1.0, 3.0]), np.array([1.0, 4.0]))
    assert found == 0.25


def test_a_peer_that_fails_is_left_out_with_its_reason(tmp_path, monkeypatch, capsys):
    kind = write_peer(tmp_path, "raise MemoryError('no room for so many')")
    assert compare_with(monkeypatch, kind, tmp_path) == 0
    text = (tmp_path / "results" / "here" / "sweeps.md").read_text()
    assert "| an odd peer | failed |" in text
    assert "failed: MemoryError: no room for so many" in text
    assert "| lrscape |" in text and capsys.readouterr().out.startswith("# Sweeps on ")


def test_a_gpu_has_one_column_and_its_clocks(tmp_path, monkeypatch):
    # Stand-ins for the program and nvidia-smi on a machine that has a GPU.
    stand_in = tmp_path / "lrscape"
    stand_in.write_text(
        "#!/bin/sh\n"
        "[ $1 = devices ] && echo 'cuda:0   Some GPU 80GB, sm_90, 132 multiprocessors' && exit\n"
        f'exec {PROGRAM} "$@"\n'
    )
    tool = tmp_path / "nvidia-smi"
    tool.write_text(
        "#!/bin/sh\n"
        "case $* in *clocks.max.sm*) echo '1980 MHz, 2619 MHz, 700.00 W'; exit;; esac\n"
        "echo 1755; echo '[N/A]'; exec sleep 60\n"
    )
    for file in (stand_in, tool):
        file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(contenders.OurSide, "device_options", lambda side: ["--device", "cpu"])
    kind = write_peer(tmp_path, "time.sleep(0.2); return losses")
    monkeypatch.setattr(sweeps, "KINDS", (contenders.KINDS[0], kind))
    small = [*SMALL.split(), "--seeds", "1", "--optimizers", "sgd", "--device", "cuda"]
    assert sweeps.main(["--program", str(stand_in), "--out", str(tmp_path / "out"), *small]) == 0
    text = (tmp_path / "out" / "some-gpu-80gb" / "sweeps.md").read_text()
    assert text.startswith("# Sweeps on Some GPU 80GB, sm_90, 132 multiprocessors\n")
    assert "power limit: 1980 MHz, 2619 MHz, 700.00 W." in text
    assert "|  | GPU: runs/s | ns per run-step | lrscape's rate over it |\n" in text
    assert "| 1755 [1755, 1755] |" in text


def test_a_peer_whose_library_is_not_there_is_skipped_with_the_reason(tmp_path):
    (tmp_path / "peer.py").write_text("import no_such_library\n")
    kinds = [
        contenders.KINDS[0],
        contenders.Kind("odd", "an odd peer", str(tmp_path / "peer.py")),
        contenders.Kind("magic", "magic", options=("--no-such-option", "1")),
    ]
    found = contenders.available(kinds, PROGRAM, "cpu", [])
    assert [kind.key for kind in found.kinds] == ["lrscape"]
    assert "No module named 'no_such_library'" in found.missing["an odd peer"]
    assert found.missing["magic"] == "this lrscape has no --no-such-option"


def test_an_interpreter_that_is_given_comes_first(tmp_path):
    kind = next(kind for kind in contenders.KINDS if kind.key == "numpy")
    given = tmp_path / "python"
    given.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    given.chmod(0o755)
    candidates = contenders.interpreters([str(given)])
    python, versions = contenders.find_interpreter(kind, "cpu", candidates)
    assert python == str(given) and versions["numpy"] == np.__version__
    with pytest.raises(BenchmarkError, match="cannot be run"):
        contenders.find_interpreter(kind, "cpu", [str(tmp_path / "none")])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--peers", "jacks"], "no 'jacks'; allowed: direct, fast, jax"),
        (["--cores", "0"], "no '0'; allowed: 1"),
        (["--optimizers", "adam"], "no 'adam'; allowed: adamw-pt, sgd"),
        (["--batch", "33"], "--batch 33 does not divide --rows 200"),
        (["--repeats", "0"], "'0' is not a whole number >= 1"),
        (["--program", "no-such-program"], "compare: no-such-program: cannot be run"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_code_2(arguments, words, tmp_path):
    done = run("--out", tmp_path / "out", *arguments)
    assert done.returncode == 2
    assert words in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_without_a_gpu_there_is_no_comparison_on_one():
    listed = subprocess.run([PROGRAM, "devices"], capture_output=True, text=True, check=True)
    if "cuda:0" in listed.stdout:
        pytest.skip("there is a GPU")
    done = run("--device", "cuda")
    assert done.returncode == 2 and "finds no GPU" in done.stderr


def test_durations_keep_three_digits():
    assert duration(0.0123) == "12.3 ms" and significant(1234.5) == "1,230"
