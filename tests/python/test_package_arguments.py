"""Tests that arguments mean what their words say, and that every other value is refused by name."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import lrscape
from lrscape import sweeps

RANDOM = np.random.default_rng(2)
X = RANDOM.normal(size=(20, 3))
Y = X @ [1.0, -2.0, 3.0] + RANDOM.normal(size=20)
GRID = {"lr": [0.01, 0.1], "wd": 0.1, "epochs": 2}
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


def losses(*arguments, **settings):
    return lrscape.sweep(*arguments, **GRID, **settings).validation_loss.values


def run_script(script, timeout=60):
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=timeout, check=False
    )


# An epoch of two steps: the learning rate of epoch e is 1 / sqrt(e).
def test_a_schedule_by_epoch_needs_the_steps_of_an_epoch():
    expected = 1 / np.sqrt([1, 1, 2, 2, 3, 3])
    np.testing.assert_allclose(lrscape.schedule("sqrt-epoch", 6, steps_per_epoch=2), expected, rtol=1e-15)
    found = lrscape.bound_of("sqrt-epoch", 6, steps_per_epoch=2)
    assert found == lrscape.bound_of(lrscape.schedule("sqrt-epoch", 6, steps_per_epoch=2))
    for call in (lrscape.schedule, lrscape.bound_of, lrscape.bound):
        with pytest.raises(ValueError, match="steps_per_epoch"):
            call("sqrt-epoch", 6)
        with pytest.raises(ValueError, match="steps_per_epoch"):
            call("sqrt-epoch", 6, steps_per_epoch=-1)


def test_schedules_of_pytorch_and_optax_take_the_steps_of_an_epoch():
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    with pytest.raises(ValueError, match="steps_per_epoch"):
        lrscape.torch_scheduler(optimizer, "sqrt-epoch", 6)
    scheduler = lrscape.torch_scheduler(optimizer, "sqrt-epoch", 6, steps_per_epoch=1)
    optimizer.step()
    scheduler.step()
    assert scheduler.get_last_lr() == pytest.approx([0.5 / np.sqrt(2)])
    pytest.importorskip("jax")
    assert float(lrscape.optax_schedule("sqrt-epoch", 6, steps_per_epoch=1)(3)) == pytest.approx(0.5)


def test_masked_entries_are_refused_wherever_numbers_are_read():
    hidden = np.zeros(X.shape, dtype=bool)
    hidden[3, 1] = True
    for arguments, name in (
        ((np.ma.array(X, mask=hidden), Y), "X"),
        ((X, np.ma.array(Y, mask=hidden[:, 1])), "y"),
    ):
        with pytest.raises(ValueError, match=f"{name} has masked entries"):
            lrscape.sweep(*arguments, **GRID)
    rates = np.ma.array([0.1, 0.2], mask=[False, True])
    for call in (
        lambda: lrscape.sweep(lr=rates, wd=0),
        lambda: lrscape.schedule(rates),
        lambda: lrscape.bound("cosine", 10, gamma=rates),
        lambda: lrscape.bound("cosine", 2, grad_norms=rates),
        lambda: lrscape.bound_of("cosine", 10, distance=np.ma.masked),
    ):
        with pytest.raises(ValueError, match="masked"):
            call()
    np.testing.assert_array_equal(losses(np.ma.array(X), Y), losses(X, Y))  # Nothing is masked.


def test_validation_columns_are_those_of_the_same_name():
    held = FRAME[5:15] * 2
    expected = losses(X, Y, validation=(held.to_numpy(), Y[5:15]))
    for validation in ((held, Y[5:15]), (held[["c", "a", "b"]], Y[5:15]), [held.to_numpy(), Y[5:15]]):
        np.testing.assert_array_equal(losses(FRAME, Y, validation=validation), expected)
    whole = held.assign(target=Y[5:15])[["target", "b", "c", "a"]]
    found = losses(FRAME.assign(target=Y), "target", validation=(whole, "target"))
    np.testing.assert_array_equal(found, expected)
    with pytest.raises(ValueError, match="has no column 'c' and has a column 'd'"):
        losses(FRAME, Y, validation=(held.rename(columns={"c": "d"}), Y[5:15]))
    with pytest.raises(ValueError, match="has a column 'd'"):
        losses(FRAME, Y, validation=(held.assign(d=1.0), Y[5:15]))
    with pytest.raises(ValueError, match=r"a pair \(X_val, y_val\), not 3 values"):
        losses(X, Y, validation=(X, Y, Y))


def test_a_series_with_another_index_is_refused():
    series = pd.Series(Y)
    expected = losses(X, Y)
    np.testing.assert_array_equal(losses(FRAME, series), expected)
    np.testing.assert_array_equal(losses(FRAME, series[::-1].to_numpy()[::-1]), expected)
    with pytest.raises(ValueError, match="y has another index than X"):
        losses(FRAME, series[::-1])


def test_a_column_of_any_name_may_be_the_target():
    numbered = pd.DataFrame(np.column_stack([X, Y]))
    np.testing.assert_array_equal(losses(numbered, 3), losses(X, Y))
    twice = pd.concat([numbered, numbered[[3]]], axis=1)
    with pytest.raises(ValueError, match="X has 2 columns 3"):
        losses(twice, 3)
    with pytest.raises(ValueError, match="X must hold real numbers, not '1'"):
        losses(FRAME.assign(k="1"), Y)


@pytest.mark.parametrize("betas", [((0.9, 0.99), (0.8, 0.95)), "ab", 0.9, (0.9, 0.99, 0.999), ([0.8, 0.9], 0.99)])
def test_betas_are_one_pair_of_numbers(betas):
    with pytest.raises(ValueError, match=r"one pair .* beta1=\[\.\.\.\] and beta2=\[\.\.\.\]"):
        lrscape.sweep(**GRID, betas=betas)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"standardize": "no"}, "standardize must be True or False, not 'no'"),
        ({"intercept": 2}, "intercept must be True or False, not 2"),
        ({"train_loss": 1}, "train_loss must be True or False, not 1"),
        ({"save_weights": None}, "save_weights must be True or False"),
        ({"seeds": "3"}, "seeds must be a whole number >= 1, not '3'"),
        ({"seeds": True}, "seeds must be a whole number >= 1, not True"),
        ({"seeds": 0}, "seeds must be a whole number >= 1, not 0"),
        ({"first_seed": 2**64 - 1}, "first_seed must be a whole number"),
        ({"split_seed": -1}, "split_seed must be a whole number from 0 to"),
        ({"epochs": np.inf}, "epochs must be a whole number, not inf"),
        ({"threads": None}, "threads must be a whole number from 0 to 1024, not None"),
        ({"device": 0}, "device must be text, not 0"),
        ({"simd": 1}, "simd must be text, not 1"),
        ({"optimizer": None}, "optimizer must be text or a list of texts, not None"),
        ({"reuse": None}, "reuse must be a path or a list of paths, not None"),
        ({"out": 3}, "out must be a path, not 3"),
        ({"schedule": 1.0}, "a schedule must be text, .* not 1.0"),
        ({"schedule": None}, "a schedule must be text, .* not None"),
        ({"schedule": lambda step: -1.0}, "the multiplier of step 1 of function must be a finite number >= 0, not -1"),
        ({"schedule": lambda step: "x"}, r"the multiplier of function\(0\) must be a number, not 'x'"),
        ({"schedule": [np.zeros(0)]}, "at least one multiplier"),
        ({"shard": "1/2"}, r"shard must be \(i, n\) .* not '1/2'"),
        ({"shard": 1}, r"shard must be \(i, n\) .* not 1"),
        ({"shard": (3, 2)}, "i of shard must be a whole number from 1 to 2, not 3"),
        ({"validation": "half"}, "validation must be a number, not 'half'"),
    ],
)
def test_an_argument_of_another_type_is_refused_by_its_name(change, words):
    with pytest.raises(ValueError, match=words):
        lrscape.sweep(X, Y, **{**GRID, **change})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lrscape.sweep(lr=None, wd=0), "lr"),
        (lambda: lrscape.sweep(lr=[1, None], wd=0), "lr must hold real numbers, not None"),
        (lambda: lrscape.schedule("cosine", "10"), "steps must be a whole number >= 1, not '10'"),
        (lambda: lrscape.bound("cosine", 10, distance="1"), "distance must be a number, not '1'"),
        (lambda: lrscape.bound("cosine", 10, anytime=1), "anytime must be True or False"),
        (lambda: lrscape.bound("cosine", [10, 10]), "steps has 10 twice"),
        (lambda: lrscape.bound("cosine", 10, gamma=[1, 1]), "gamma has 1.0 twice"),
        (lambda: lrscape.bound_of("cosine", 10, gamma=[1.0]), "gamma must be a number"),
        (lambda: lrscape.extend(lambda step: 1.0), "must be text"),
        (lambda: lrscape.extend(stage=0), "stage must be a whole number >= 1, not 0"),
        (lambda: lrscape.plot("map.zarr"), "xarray.open_dataset"),
    ],
)
def test_other_functions_refuse_by_name_as_well(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()


@pytest.mark.parametrize("distance", [-1, 0, np.nan, np.inf])
def test_a_distance_that_is_no_distance_is_refused_alike(distance):
    for call in (lrscape.bound_of, lrscape.bound):
        with pytest.raises(ValueError, match="distance D must be a finite number > 0"):
            call("cosine", 10, distance=distance)
        with pytest.raises(ValueError, match="gamma must be a finite number > 0"):
            call("cosine", 10, gamma=distance)


def test_numbers_of_numpy_are_numbers():
    expected = losses(X, Y, seeds=2, train_loss=True, standardize=True)
    found = losses(X, Y, seeds=np.int8(2), train_loss=np.True_, standardize=np.bool_(True), threads=np.array(1))
    np.testing.assert_array_equal(found, expected)
    assert lrscape.schedule("linear", np.float64(2)).tolist() == [1, 0.5]


def test_names_of_other_libraries_get_a_hint():
    with pytest.raises(TypeError, match="'learning_rate'; did you mean 'lr'"):
        lrscape.sweep(learning_rate=0.1, wd=0)
    with pytest.raises(TypeError, match="'epohcs'; did you mean 'epochs'"):
        lrscape.sweep(**{**GRID, "epohcs": 3})
    with pytest.raises(TypeError, match="needs the argument lr"):
        lrscape.sweep(wd=0)


def test_iterators_are_read_once():
    expected = losses(X, Y, betas=(0.8, 0.9))
    np.testing.assert_array_equal(losses(X, Y, betas=iter([0.8, 0.9]), optimizer=iter(["adamw-pt"])), expected)


def test_shard_auto_takes_the_part_of_a_scheduler(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith(("SLURM_", "OMPI_", "PMI_")):
            monkeypatch.delenv(name)
    with pytest.raises(ValueError, match="no scheduler has numbered this process"):
        lrscape.sweep(**GRID, shard="auto")
    grid = {"lr": "1e-3:1:16", "wd": "1e-3:1:16", "epochs": 1, "problem": {"rows": 10, "features": 3}}
    for rank in range(3):
        monkeypatch.setenv("PMI_RANK", str(rank))
        monkeypatch.setenv("PMI_SIZE", "3")
        found = lrscape.sweep(**grid, shard="auto")
        expected = lrscape.sweep(**grid, shard=(rank + 1, 3))
        assert 0 < (expected.status != 255).sum() < expected.status.size
        np.testing.assert_array_equal(found.status, expected.status)


def test_the_features_of_a_stored_result_keep_their_names(tmp_path):
    out = tmp_path / "named.zarr"
    lrscape.sweep(FRAME, Y, **GRID, save_weights=True, out=out)
    before = {file: file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()}
    with pytest.raises(ValueError, match="its feature 2 is named b, not z"):
        lrscape.sweep(FRAME.rename(columns={"b": "z"}), Y, **GRID, save_weights=True, out=out)
    again = lrscape.sweep(X, Y, **GRID, save_weights=True, out=out)  # Has no names.
    assert again.feature.values.tolist() == ["a", "b", "c"]
    assert {file: file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()} == before


def test_results_in_memory_are_written_by_zarr(tmp_path):
    pytest.importorskip("zarr")
    for k, result in enumerate((lrscape.sweep(**GRID), lrscape.bound("cosine", [10, 20]), lrscape.extend(stages=2))):
        result.to_zarr(tmp_path / f"{k}.zarr", zarr_format=3)
        assert all(array.dtype.char != "q" for array in result.variables.values())


EXIT = """
import threading, time, lrscape
grid = dict(lr="1e-3:1:64", wd="1e-3:1:64", problem=dict(rows=400, features=400))
threading.Thread(target={call}, daemon=True).start()
time.sleep(0.4)
print("ends")
"""


@pytest.mark.parametrize(
    "call", ["lambda: lrscape.sweep(**grid, seeds=50)", "lambda: lrscape.extend(stage=1000, stages=60)"]
)
def test_the_interpreter_may_end_during_a_call_of_another_thread(call):
    done = run_script(EXIT.format(call=call))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ends\n" and "terminate" not in done.stderr


FORK = """
import os, signal, warnings, lrscape
warnings.simplefilter("ignore")
call = lambda: (lrscape.extend(stage=10, stages=4), lrscape.bound("cosine", [2_000_000]), lrscape.sweep(lr=0.1, wd=0, epochs=1))
call()
if os.fork() == 0:
    signal.alarm(30)
    call()
    os._exit(7)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def test_a_forked_process_may_call_as_well():
    done = run_script(FORK)
    assert done.stdout == "7\n", done.stderr


def test_a_second_ctrl_c_keeps_the_runs_of_the_first(monkeypatch):
    raw = (None, None)
    tries = []

    def interrupted_once(given):
        tries.append(given)
        if len(tries) == 1:
            raise KeyboardInterrupt
        return "dataset"

    monkeypatch.setattr(sweeps, "to_xarray", interrupted_once)
    assert sweeps.with_result(KeyboardInterrupt(), raw).result == "dataset"
