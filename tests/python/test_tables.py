"""Tests that a sweep reads the files that NumPy and pandas write.

One step of gradient descent from zero weights has a closed form, which gives the expected loss.
"""

import io
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from program import PROGRAM

RATE = 1e-3
RNG = np.random.default_rng(5)
# Numbers that float16 and a few decimals hold exactly.
FEATURES = RNG.integers(-16, 16, (24, 3)) / 8
TARGETS = RNG.integers(-16, 16, 24) / 8
TABLE = np.column_stack([FEATURES, TARGETS])
FRAME = pd.DataFrame(TABLE, columns=["a", "b", "c", "y"])


def expected_loss(features, targets):
    weights = RATE * 2 / len(targets) * features.T @ targets
    return np.mean((features @ weights - targets) ** 2)


def sweep(folder, *options, data=None):
    """The losses of training and validation on the same rows, and the messages."""
    out = folder / "r.zarr"
    shutil.rmtree(out, ignore_errors=True)
    command = [PROGRAM, "sweep", *map(str, options), "--out", str(out)]
    command += "--optimizer sgd --wd 0 --epochs 1 --batch full --precision fp64".split()
    command += f"--lr {RATE} --train-loss --device cpu --threads 1".split()
    done = subprocess.run(command, cwd=folder, input=data, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    result = xr.open_zarr(out, chunks=None)
    return result.train_loss.item(), done.stderr.decode()


def with_itself(path, target):
    return ["--data", path, "--target", target, "--val-data", path]


def check(loss, features=FEATURES, targets=TARGETS):
    # A sum of a few dozen products in double precision.
    assert loss == pytest.approx(expected_loss(features, targets), rel=1e-12)


@pytest.mark.parametrize("separator,decimal", [(",", "."), (";", ","), ("\t", ","), (" ", ".")])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_frames_that_pandas_writes(tmp_path, separator, decimal, suffix):
    path = tmp_path / f"table.csv{suffix}"
    FRAME.to_csv(path, sep=separator, decimal=decimal)
    loss, messages = sweep(tmp_path, *with_itself(path, "y"))
    check(loss)
    assert "left out as an index" in messages
    FRAME.to_csv(path, sep=separator, decimal=decimal, index=False)
    loss, messages = sweep(tmp_path, *with_itself(path, "y"))
    check(loss)
    assert "index" not in messages


def test_frames_and_series_without_names_have_24_rows(tmp_path):
    for index in (True, False):
        pd.DataFrame(TABLE).to_csv(tmp_path / "t.csv", index=index)
        number = 5 if index else 4
        loss, messages = sweep(tmp_path, *with_itself(tmp_path / "t.csv", number))
        check(loss)
        assert "line 1 is read as titles" in messages
    pd.DataFrame(FEATURES).to_csv(tmp_path / "x.csv")
    pd.Series(TARGETS).to_csv(tmp_path / "y.csv")
    files = ["--features", "x.csv", "--targets", "y.csv"]
    files += ["--val-features", "x.csv", "--val-targets", "y.csv"]
    check(sweep(tmp_path, *files)[0])


def test_missing_values_and_texts_of_pandas(tmp_path):
    frame = FRAME.assign(color=["red", "green", "blue"] * 8)
    frame.loc[5, "b"] = np.nan
    frame.loc[7, "color"] = None
    frame.to_csv(tmp_path / "t.csv", index=False)
    options = ["--one-hot", "--drop-missing"]
    loss, messages = sweep(tmp_path, *with_itself(tmp_path / "t.csv", "y"), *options)
    kept = frame.dropna()
    features = pd.get_dummies(kept.drop(columns="y"), dtype=float).to_numpy()
    check(loss, features, kept["y"].to_numpy())
    assert "2 of 24 rows with missing values left out (line 7, line 9)" in messages


def test_intercept_and_standardize(tmp_path):
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    loss, _ = sweep(tmp_path, *with_itself(tmp_path / "t.csv", "y"), "--intercept")
    check(loss, np.column_stack([FEATURES, np.ones(24)]))
    options = ["--intercept", "--standardize"]
    loss, _ = sweep(tmp_path, *with_itself(tmp_path / "t.csv", "y"), *options)
    scaled = (FEATURES - FEATURES.mean(0)) / FEATURES.std(0)
    check(loss, np.column_stack([scaled, np.ones(24)]), TARGETS - TARGETS.mean())


@pytest.mark.parametrize("kind", ["<f2", ">f2", "<f4", ">f8"])
def test_float_types_of_numpy(tmp_path, kind):
    np.save(tmp_path / "t.npy", TABLE.astype(kind))
    check(sweep(tmp_path, *with_itself(tmp_path / "t.npy", 4))[0])


def test_every_half_precision_number(tmp_path):
    """Each feature is a float16; a single target keeps its weight at that number."""
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    halves = halves[np.isfinite(halves)].reshape(1, -1)
    np.save(tmp_path / "x.npy", halves)
    np.save(tmp_path / "y.npy", np.array([1e-12]))
    files = ["--features", "x.npy", "--targets", "y.npy"]
    files += ["--val-features", "x.npy", "--val-targets", "y.npy"]
    loss, _ = sweep(tmp_path, *files, "--gram", "off")
    square = (halves.astype(float) ** 2).sum()
    # The squares of 63,488 numbers are summed in another order.
    assert loss == pytest.approx(1e-24 * (2 * RATE * square - 1) ** 2, rel=1e-10)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives_of_numpy(tmp_path, save):
    save(tmp_path / "both.npz", X=FEATURES, y=TARGETS)
    files = ["--features", "both.npz:X", "--targets", "both.npz:y"]
    files += ["--val-features", "both.npz:X", "--val-targets", "both.npz:y"]
    check(sweep(tmp_path, *files)[0])
    save(tmp_path / "one.npz", TABLE)
    check(sweep(tmp_path, *with_itself(tmp_path / "one.npz", 4))[0])


def test_text_and_compressed_text_of_numpy(tmp_path):
    for name in ("t.txt", "t.dat", "t.txt.gz"):
        np.savetxt(tmp_path / name, TABLE, header="a b c y")
        loss, messages = sweep(tmp_path, *with_itself(tmp_path / name, 4))
        check(loss)
        assert "skipped a line that begins with # (line 1)" in messages


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "npy", "npz"])
def test_standard_input(tmp_path, kind):
    stream = io.BytesIO()
    if kind == "npy":
        np.save(stream, TABLE)
    elif kind == "npz":
        np.savez_compressed(stream, TABLE)
    else:
        FRAME.to_csv(stream, index=False, compression="gzip" if kind == "csv.gz" else None)
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    target = "y" if kind.startswith("csv") else "4"
    options = ["--data", "-", "--target", target]
    if kind.startswith("csv"):
        options += ["--val-data", "t.csv"]
    else:
        np.save(tmp_path / "t.npy", TABLE)
        options += ["--val-data", "t.npy"]
    check(sweep(tmp_path, *options, data=stream.getvalue())[0])
