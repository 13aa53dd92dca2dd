"""Tests lrscape.sweep against the program, numpy and scikit-learn."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from sklearn.linear_model import Ridge

import lrscape
from program import run_program

SMALL = {"rows": 12, "validation_rows": 6, "features": 5}
SMALL_TEXT = "--n 12 --n-val 6 --d 5 --device cpu"
HISTORY = {"command_line": "", "commit": ""}  # How a result was made.


def expect_same(dataset, path):
    """The dataset is that of the result on disk, apart from the attributes that tell its history."""
    stored = xr.open_zarr(path).load()
    xr.testing.assert_identical(dataset.assign_attrs(HISTORY), stored.assign_attrs(HISTORY))


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ("--optimizer adamw-pt --lr 1e-3:1e3:3 --wd 0,1e-3:1:3 --seeds 2 --first-seed 7",
         {"lr": "1e-3:1e3:3", "wd": "0,1e-3:1:3", "seeds": 2, "first_seed": 7}),
        ("--optimizer sgd:momentum=0,0.9 --lr 0.01,0.1 --wd 0 --record epoch --train-loss --save-weights "
         "--precision fp64 --epochs 3 --batch full --gram on",
         {"optimizer": "sgd:momentum=0,0.9", "lr": [0.01, 0.1], "wd": 0, "record": "epoch",
          "train_loss": True, "save_weights": True, "precision": "fp64", "epochs": 3, "batch": "full",
          "gram": "on"}),
        ("--optimizer adamw-pt,adamw-lh --beta2 0.9,0.99 --lr 0.01 --wd 0.1 --batch 3:12:2 --epochs 1:3:2 "
         "--schedule wsd:cooldown=0.2:0.4:2 --schedule cosine:final=0.1",
         {"optimizer": ["adamw-pt", "adamw-lh"], "beta2": [0.9, 0.99], "lr": 0.01, "weight_decay": 0.1,
          "batch": "3:12:2", "epochs": [1, 3], "schedule": ["wsd:cooldown=0.2:0.4:2", "cosine:final=0.1"]}),
    ],
)  # fmt: skip
def test_a_sweep_is_the_dataset_of_the_program(tmp_path, options, arguments):
    path = tmp_path / "program.zarr"
    run_program(f"sweep {SMALL_TEXT} {options} --quiet --out {path}")
    expect_same(lrscape.sweep(problem=SMALL, **arguments), path)
    own = tmp_path / "package.zarr"
    stored = lrscape.sweep(problem=SMALL, **arguments, out=own)
    expect_same(stored, path)
    xr.testing.assert_identical(stored, xr.open_zarr(own).load())
    for file in path.glob("*/c*"):  # Every chunk has the same bytes.
        assert (own / file.relative_to(path)).read_bytes() == file.read_bytes()


def test_defaults_are_those_of_the_program(tmp_path):
    path = tmp_path / "program.zarr"
    run_program(f"sweep --optimizer adamw-pt --lr 1e-3,0.1 --wd 0.1 --quiet --out {path}")
    expect_same(lrscape.sweep(lr=[1e-3, 0.1], wd=0.1), path)


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(5)
    features = random.integers(-8, 8, size=(30, 4)).astype(float)
    return features, features @ [1.0, -2.0, 4.0, 3.0] + random.integers(-2, 3, size=30)


GRID = {"lr": [0.01, 0.1], "wd": [0.0, 0.1], "seeds": 2, "epochs": 3}


@pytest.mark.parametrize(
    "change",
    [
        lambda X: np.asfortranarray(X),
        lambda X: np.repeat(X, 2, axis=0)[::2],
        lambda X: X[:, ::-1][:, ::-1],
        lambda X: X[::-1][::-1],
        lambda X: X.astype(np.float32),
        lambda X: X.astype(np.float16),
        lambda X: X.astype(np.longdouble),
        lambda X: X.astype(">f8"),
        lambda X: X.astype(np.int8),
        lambda X: X.astype(np.int64),
        lambda X: X.astype(object),
        lambda X: X.tolist(),
        lambda X: pd.DataFrame(X),
    ],
)
def test_arrays_of_any_real_type_and_order_give_the_same_bits(table, change):
    features, targets = table
    expected = lrscape.sweep(features, targets, **GRID)
    found = lrscape.sweep(change(features), change(targets[:, np.newaxis]), **GRID)
    np.testing.assert_array_equal(found.validation_loss.values, expected.validation_loss.values)
    assert np.isfinite(expected.validation_loss).all()


def test_read_only_arrays_are_read_and_stay_as_they_are(table):
    features, targets = (array.copy() for array in table)
    features.flags.writeable = targets.flags.writeable = False
    lrscape.sweep(features, targets, standardize=True, **GRID)
    np.testing.assert_array_equal(features, table[0])


def test_arrays_give_the_dataset_of_the_same_table_in_a_file(table, tmp_path):
    features, targets = table
    frame = pd.DataFrame(features, columns=["a", "b", "c", "d"]).assign(y=targets)
    frame.to_csv(tmp_path / "t.csv", index=False)
    path = tmp_path / "program.zarr"
    options = "--val-fraction 0.4 --split-seed 3 --standardize --intercept --save-weights"
    run_program(
        f"sweep --data {tmp_path}/t.csv --target y {options} --optimizer adamw-pt --lr 0.01,0.1 "
        f"--wd 0,0.1 --seeds 2 --epochs 3 --device cpu --quiet --out {path}"
    )
    choices = {"validation": 0.4, "split_seed": 3, "standardize": True, "intercept": True}
    found = lrscape.sweep(frame, "y", **choices, save_weights=True, **GRID)
    assert found.feature.values.tolist() == ["a", "b", "c", "d", "intercept"]
    assert found.attrs["problem"] == "arrays: 30 x 4, 0.4 held out with seed 3, standardized, intercept"
    problem = xr.open_zarr(path).attrs["problem"]
    expect_same(found.assign_attrs(problem=problem), path)


def test_full_batch_descent_with_l2_ends_at_ridge_regression(table):
    """Minimising mean (Xw - y)^2 + (wd/2) |w|^2 is scikit-learn's Ridge with alpha = wd n / 2."""
    features, targets = table
    decay = 0.5
    result = lrscape.sweep(
        features, targets, validation=(features, targets), optimizer="sgd", lr=0.01, wd=decay,
        batch="full", epochs=3000, precision="fp64", save_weights=True, gram="off",
    )  # fmt: skip
    ridge = Ridge(alpha=decay * len(targets) / 2, fit_intercept=False).fit(features, targets)
    # After 3,000 steps, the error along the flattest direction is far below rounding.
    np.testing.assert_allclose(result.weights.values.ravel(), ridge.coef_, rtol=1e-10)
    loss = np.mean((features @ ridge.coef_ - targets) ** 2)
    assert result.validation_loss.item() == pytest.approx(loss, rel=1e-10)


def test_hyper_parameters_have_the_names_of_pytorch_and_optax(table):
    own = lrscape.sweep(*table, beta1=0.8, beta2=0.9, epsilon=1e-6, **GRID)
    torch = lrscape.sweep(*table, betas=(0.8, 0.9), eps=1e-6, **GRID)
    optax = lrscape.sweep(*table, b1=0.8, b2=0.9, eps=1e-6, **GRID)
    assert own.beta2.item() == 0.9 and own.epsilon.item() == 1e-6
    for other in (torch, optax):
        xr.testing.assert_identical(own.drop_attrs(deep=False), other.drop_attrs(deep=False))
    sgd = lrscape.sweep(*table, optimizer="sgd", momentum=[0.5, 0.9], nesterov=True, **GRID)
    assert sgd.momentum.values.tolist() == [0.5, 0.9]
    assert '"nesterov":1' in sgd.attrs["configuration"].replace("1.0", "1")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"optimizer": "adamw-pq"}, "adamw-pt"),
        ({"lr": "1:x:3"}, "lr: 'x' is not a number|not a number"),
        ({"lr": [-1.0]}, "learning rate"),
        ({"wd": None}, "give either wd or weight_decay"),
        ({"weight_decay": 1}, "give either wd or weight_decay"),
        ({"precision": "fp46"}, "did you mean 'fp64'"),
        ({"record": "all"}, "final, epoch"),
        ({"momentum": 0.9}, "momentum is given, but adamw-pt has no momentum"),
        ({"beta2": [0.9, 0.9]}, "given twice"),
        ({"beta2": 1.0}, "beta2"),
        ({"schedule": "cosin"}, "cosine"),
        ({"schedule": np.ones(3)}, r"has fewer values \(3\) than steps \(150\)"),
        ({"schedule": "custom:eta.csv"}, "numpy.loadtxt"),
        ({"epochs": 2.5}, "whole number"),
        ({"batch": 1000}, "batch size must be from 1 to 21"),
        ({"threads": -1}, "threads"),
        ({"device": "tpu"}, "tpu"),
        ({"shard": (3, 2)}, "shard"),
        ({"problem": SMALL}, "cannot be combined with X"),
        ({"validation": 1.5}, "fraction"),
    ],
)
def test_what_is_not_allowed_is_a_value_error_that_says_so(table, arguments, words):
    with pytest.raises(ValueError, match=words):
        lrscape.sweep(*table, **{"lr": 0.1, "wd": 0.1, "epochs": 50, "batch": 7, **arguments})


def test_data_that_is_not_allowed_is_a_value_error_that_says_so(table):
    features, targets = table
    hole = np.where(features == features.max(), np.nan, features)
    for X, y, words in (
        (features, None, "without y"),
        (None, targets, "without X"),
        (features, targets[1:], "30 rows, but y has 29 values"),
        (features[0], targets, "a row for each example"),
        (features.astype(str), targets, "real numbers"),
        (features * 1j, targets, "real numbers"),
        (hole, targets, "finite"),
        (pd.DataFrame(features), "mpg", "no column 'mpg'"),
    ):
        with pytest.raises(ValueError, match=words):
            lrscape.sweep(X, y, **GRID)
    with pytest.raises(TypeError, match="did you mean 'epochs'"):
        lrscape.sweep(features, targets, lr=1, wd=1, epocs=3)


def test_other_errors_have_their_own_types(table, tmp_path):
    with pytest.raises(lrscape.DeviceError, match="cuda:99"):
        lrscape.sweep(*table, device="cuda:99", **GRID)
    with pytest.raises(MemoryError, match="memory"):
        lrscape.sweep(*table, lr="1e-3:1:1000", wd="1e-3:1:1000", seeds=10**7)
    out = tmp_path / "map.zarr"
    lrscape.sweep(*table, **GRID, out=out)
    with pytest.raises(ValueError, match="choose a different out"):
        lrscape.sweep(*table, **{**GRID, "lr": [0.3]}, out=out)


def test_results_are_continued_shared_and_reused(table, tmp_path):
    whole = lrscape.sweep(*table, **GRID)
    half, out = tmp_path / "half.zarr", tmp_path / "shared.zarr"
    first = lrscape.sweep(*table, **{**GRID, "seeds": 1}, out=half)
    np.testing.assert_array_equal(first.validation_loss[..., 0], whole.validation_loss[..., 0])
    again = lrscape.sweep(*table, **GRID, reuse=half)
    np.testing.assert_array_equal(again.validation_loss, whole.validation_loss)
    for part in (1, 2):
        result = lrscape.sweep(*table, **GRID, out=out, shard=(part, 2))
    np.testing.assert_array_equal(result.validation_loss, whole.validation_loss)


def test_progress_is_reported_from_none_to_all(table, capsys):
    told = []
    lrscape.sweep(*table, **GRID, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (8, 8)
    lrscape.sweep(*table, **GRID, progress=True)
    assert "8/8" in capsys.readouterr().err


def test_an_exception_of_the_progress_function_stops_the_sweep(table):
    def fail(done, total):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        lrscape.sweep(*table, **GRID, progress=fail)


def test_what_deserves_attention_is_a_warning_at_the_callers_line(table):
    features, targets = table
    constant = np.c_[features, np.ones(len(features))]
    with pytest.warns(UserWarning, match="feature 4 is constant") as caught:
        lrscape.sweep(constant, targets, standardize=True, **GRID)
    assert caught[0].filename == __file__


INTERRUPTED = """
import sys, time, lrscape
try:
    print("begin", flush=True)
    lrscape.sweep(lr="1e-3:1:150", wd="1e-3:1:150", seeds=20, threads=1, out={out!r})
except KeyboardInterrupt as stop:
    now = time.monotonic()
    result = getattr(stop, "result", None)
    done = 0 if result is None else int((result.status != 255).sum())
    print(now, done, None if result is None else result.status.size)
"""


@pytest.mark.parametrize("stored", [False, True])
def test_ctrl_c_ends_within_a_second_and_keeps_what_is_done(tmp_path, stored):
    out = str(tmp_path / "map.zarr") if stored else None
    command = [sys.executable, "-c", INTERRUPTED.format(out=out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "begin\n"
        time.sleep(2)
        begin = time.monotonic()  # On the clock of the whole system.
        process.send_signal(signal.SIGINT)
        words = process.stdout.read().split()
        assert process.wait() == 0
    assert 0 < float(words[0]) - begin < 1
    if stored:
        done = int((xr.open_zarr(out).status != 255).sum())
    else:
        done, runs = int(words[1]), int(words[2])
        assert runs == 150 * 150 * 20
    assert 0 < done < 150 * 150 * 20


def test_the_engine_opens_results_and_refuses_anything_else(table, tmp_path):
    out = tmp_path / "map.zarr"
    result = lrscape.sweep(*table, **GRID, out=out)
    xr.testing.assert_identical(xr.open_dataset(out, engine="lrscape"), result)
    assert "status" not in xr.open_dataset(out, engine="lrscape", drop_variables="status")
    bounds = lrscape.bound("cosine", 100, out=tmp_path / "bounds.zarr")
    xr.testing.assert_identical(xr.open_dataset(tmp_path / "bounds.zarr", engine="lrscape"), bounds)
    xr.Dataset({"x": 1}).to_zarr(tmp_path / "other.zarr", zarr_format=3, consolidated=False)
    for name, words in (("missing", "no such folder"), ("other.zarr", "not a result of lrscape")):
        with pytest.raises(ValueError, match=words):
            xr.open_dataset(tmp_path / name, engine="lrscape")
    guess = xr.backends.list_engines()["lrscape"].guess_can_open
    assert guess(out) and guess(str(out)) and not guess(tmp_path / "other.zarr") and not guess(b"x")
    chunk = next(out.glob("validation_loss/c*"))
    chunk.write_bytes(bytes(4) + chunk.read_bytes()[4:])
    with pytest.raises(ValueError, match="checksum does not match"):
        xr.open_dataset(out, engine="lrscape")
    description = json.loads((out / "zarr.json").read_text())
    description["attributes"]["configuration"] += " "
    (out / "zarr.json").write_text(json.dumps(description))
    with pytest.raises(ValueError, match="does not match the stored hash"):
        xr.open_dataset(out, engine="lrscape")


def test_the_call_is_part_of_the_result(table):
    features, targets = table
    attributes = lrscape.sweep(features, targets, lr=[0.1], wd=0, betas=(0.9, 0.99), epochs=1).attrs
    assert attributes["command_line"] == (
        "lrscape.sweep(X=<ndarray of shape (30, 4)>, y=<ndarray of shape (30,)>, lr=[0.1], wd=0, "
        "epochs=1, betas=(0.9, 0.99))"
    )
