"""Tests the results that the program writes, read with zarr-python and xarray as users read them.

The numbers are compared with the table
that `lrscape export` prints, since `export` is an independent reader and names the run of each row.
"""

import csv
import io
import itertools
import json
import re
import shutil
import warnings

import numpy as np
import pytest
import xarray as xr
import zarr

from program import opened, run_program

CELL = ("optimizer", "learning_rate", "weight_decay", "seed")
EPOCHS = 3
PROBLEM = f"--n 12 --n-val 6 --d 5 --batch 4 --epochs {EPOCHS} --device cpu"
# With the largest learning rate both optimizers diverge, at once or later.
SMALL = "--optimizer adamw-pt,sgd --lr 1e-3:1e3:3 --wd 0,1e-3:1:3 --seeds 2 --first-seed 7"
# Chunks have 11 x 7 cells of one seed here, so each seed has 15 chunks.
LARGE = "--optimizer adamw-lh --lr 1e-3:10:33 --wd 1e-3:1:35 --seeds 2"
STATUS = {0: "ok", 1: "diverged", 255: "not_run"}


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    """sweep(options) makes a result and returns its path."""
    monkeypatch.chdir(tmp_path)
    names = (f"{k}.zarr" for k in itertools.count())

    def make(options, out=None):
        out = out or next(names)
        run_program(f"sweep {PROBLEM} {options} --out {out}")
        return tmp_path / out

    return make


def bits(array):
    """The bytes of an array in memory, so that NaN equals NaN and 0 differs from -0."""
    return np.ascontiguousarray(array).tobytes()


def assert_equal_to_export(path):
    """Asserts that the table has the same bits for every number, and its rows in order."""
    dataset = opened(path)
    rows = list(csv.DictReader(run_program(f"export {path} --format csv").stdout.splitlines()))
    dimensions = [*CELL, "epoch"] if "epoch" in dataset.dims else [*CELL]
    readers = {"optimizer": str, "seed": int, "epoch": int}
    keys = [tuple(readers.get(d, float)(row[d]) for d in dimensions) for row in rows]
    assert keys == list(itertools.product(*(dataset[d].values.tolist() for d in dimensions)))

    losses = [name for name in dataset if name.endswith("_loss")]
    assert set(rows[0]) == {*dimensions, *losses, "status"}
    for name in losses:
        # The text is the shortest that reads back to the stored bits, in the stored precision.
        table = np.array([float(row[name]) for row in rows]).astype(dataset[name].dtype)
        assert bits(dataset[name].transpose(*dimensions)) == bits(table)
    status = np.repeat(dataset["status"].values.ravel(), len(rows) // dataset["status"].size)
    assert [STATUS[code] for code in status] == [row["status"] for row in rows]


@pytest.mark.parametrize(
    "options",
    [
        SMALL,
        f"{SMALL} --precision fp64 --train-loss",
        f"{SMALL} --record epoch --train-loss",
        LARGE,
        f"{LARGE} --record epoch --precision fp64",
    ],
)
def test_values_equal_those_of_export_bit_for_bit(sweep, options):
    assert_equal_to_export(sweep(options))


@pytest.mark.parametrize("precision, dtype", [("fp32", np.float32), ("fp64", np.float64)])
def test_dimensions_coordinates_and_types(sweep, precision, dtype):
    dataset = opened(sweep(f"{SMALL} --train-loss --precision {precision}"))
    assert dict(dataset.sizes) == dict(zip(CELL, (2, 3, 4, 2)))
    expected = {
        "validation_loss": dtype,
        "train_loss": dtype,
        "status": np.uint8,
        "diverged_at_epoch": np.int32,
    }
    assert {name: array.dtype for name, array in dataset.items()} == expected
    assert all(array.dims == CELL for array in dataset.values())

    # Settings with a single value are scalars; adamw-pt and sgd share no hyper-parameter.
    scalars = {"schedule": "constant", "batch_size": 4, "epochs": EPOCHS}
    assert set(dataset.coords) == {*CELL, *scalars}
    assert {name: dataset[name].item() for name in scalars} == scalars
    assert dataset["optimizer"].values.tolist() == ["adamw-pt", "sgd"]
    assert dataset["seed"].dtype == np.int64 and dataset["seed"].values.tolist() == [7, 8]
    # The powers in a range are rounded; its ends are exactly as given.
    rates, decays = dataset["learning_rate"].values, dataset["weight_decay"].values
    assert rates.dtype == decays.dtype == np.float64
    np.testing.assert_allclose(rates, [1e-3, 1, 1e3], rtol=1e-15)
    np.testing.assert_allclose(decays, [0, 1e-3, 10**-1.5, 1], rtol=1e-15)
    assert (rates[0], rates[2], decays[1], decays[3]) == (1e-3, 1e3, 1e-3, 1)
    assert (dataset["status"].attrs["flag_values"], dataset["status"].attrs["flag_meanings"]) == (
        [*STATUS],
        " ".join(STATUS.values()),
    )


def test_axes_are_dimensions_with_their_values_as_coordinates(tmp_path):
    def sweep(name, options):
        path = tmp_path / name
        run_program(
            "sweep --n 12 --n-val 6 --d 5 --device cpu --lr 1e-3:1:2 --wd 0.1 "
            f"{options} --out {path}"
        )
        return path

    path = sweep(
        "all.zarr",
        "--optimizer adamw-pt,adamw-lh --beta2 0.9,0.95,0.99 --batch 2:8:3 --epochs 1,2 "
        "--schedule wsd:cooldown=0.2,0.4 --schedule cosine",
    )
    dataset = opened(path)
    assert dataset["validation_loss"].dims == (
        "optimizer",
        "schedule",
        "beta2",
        "batch_size",
        "epochs",
        "learning_rate",
        "weight_decay",
        "seed",
    )
    assert dataset["beta2"].values.tolist() == [0.9, 0.95, 0.99]
    assert dataset["batch_size"].values.tolist() == [2, 4, 8]
    assert dataset["batch_size"].dtype == dataset["epochs"].dtype == np.int64
    # Each parameter of a schedule is a coordinate along the schedules.
    assert dataset["cooldown"].dims == ("schedule",)
    np.testing.assert_array_equal(dataset["cooldown"].values, [0.2, 0.4, np.nan])
    assert dataset["schedule_name"].values.tolist() == ["wsd", "wsd", "cosine"]
    assert {"cooldown", "schedule_name"} <= set(dataset.coords)
    one = dataset.sel(
        optimizer="adamw-lh", beta2=0.95, batch_size=4, epochs=2, schedule="cosine", method=None
    )
    alone = opened(
        sweep(
            "alone.zarr",
            "--optimizer adamw-lh --beta2 0.95 --batch 4 --epochs 2 --schedule cosine",
        )
    )
    np.testing.assert_array_equal(
        one["validation_loss"].values, alone["validation_loss"].values[0]
    )
    dataset.to_netcdf(tmp_path / "a.nc")
    xr.testing.assert_equal(xr.open_dataset(tmp_path / "a.nc").load(), dataset)
    # The CSV has a column for each axis.
    rows = list(csv.DictReader(io.StringIO(run_program(f"export {path}").stdout)))
    row = next(
        row
        for row in rows
        if row["schedule"] == one["schedule"].item()
        and (row["optimizer"], row["beta2"], row["batch_size"], row["epochs"])
        == ("adamw-lh", "0.95", "4", "2")
    )
    assert np.float32(row["validation_loss"]) == one["validation_loss"].values.ravel()[0]


def test_results_are_joined_by_their_scalar_coordinates(sweep):
    options = "--optimizer adamw-pt,adamw-lh --lr 0.1,1 --wd 0.1 --schedule wsd:cooldown=0.5"
    parts = [opened(sweep(f"{options} --beta2 {value}")) for value in (0.9, 0.99)]
    assert parts[0]["beta2"].item() == 0.9 and parts[0]["beta1"].item() == 0.9
    assert parts[0]["epsilon"].item() == 1e-8
    assert parts[0]["schedule"].item() == "wsd:cooldown=0.5,shape=linear"
    joined = xr.concat(parts, dim="beta2")
    whole = opened(sweep(f"{options} --beta2 0.9,0.99"))
    assert "beta2" in whole.dims and whole["beta1"].item() == 0.9
    for name in ("validation_loss", "status"):
        xr.testing.assert_equal(joined[name].transpose(*whole[name].dims), whole[name])


def test_zarr_sees_the_arrays_that_xarray_sees(sweep):
    path = sweep(LARGE)
    dataset = opened(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        group = zarr.open_group(path, mode="r")
        arrays = dict(group.arrays())
    assert set(arrays) == set(dataset.variables)
    for name, array in arrays.items():
        assert array.metadata.dimension_names == dataset[name].dims
        assert np.array_equal(array[...], dataset[name].values)
    assert arrays["validation_loss"].chunks == (1, 11, 7, 1)
    assert arrays["validation_loss"].nchunks_initialized == 30


def test_attributes_say_what_was_done_and_with_what(sweep):
    attributes = opened(sweep(SMALL)).attrs
    configuration = json.loads(attributes["configuration"])
    assert [optimizer["name"] for optimizer in configuration["optimizers"]] == ["adamw-pt", "sgd"]
    said = ("epochs", "batch_size", "seeds", "first_seed", "precision", "learning_rates")
    assert [configuration[key] for key in said] == [EPOCHS, 4, 2, 7, "fp32", 3]
    assert re.fullmatch("crc64:[0-9a-f]{16}", attributes["configuration_hash"])
    assert attributes["version"] in run_program("--version").stdout
    assert attributes["device"].startswith("CPU")
    assert SMALL in attributes["command_line"]
    assert attributes["compiler"] and attributes["commit"] and "-O" in attributes["flags"]


def test_the_hash_is_the_crc_64_of_the_configuration_text(sweep):
    attributes = opened(sweep(SMALL)).attrs
    # CRC-64 of ECMA-182, reflected (as in xz): polynomial 0xC96C5795D7870F42, bit by bit.
    crc = 0xFFFF_FFFF_FFFF_FFFF
    for byte in attributes["configuration"].encode():
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xC96C5795D7870F42 if crc & 1 else 0)
    assert attributes["configuration_hash"] == f"crc64:{crc ^ 0xFFFF_FFFF_FFFF_FFFF:016x}"


def test_a_result_survives_netcdf_with_its_attributes(sweep, tmp_path):
    # Half of the runs, so that values of runs that have not run are compared as well.
    path = sweep(f"{LARGE} --shard 1/2")
    dataset = opened(path)
    assert all(isinstance(value, str) for value in dataset.attrs.values())
    xr.open_zarr(path).to_netcdf(tmp_path / "r.nc")
    with xr.open_dataset(tmp_path / "r.nc") as again:
        again.load()
    assert again.attrs == dataset.attrs
    assert json.loads(again.attrs["configuration"])["optimizers"][0]["name"] == "adamw-lh"
    assert set(again.variables) == set(dataset.variables)
    for name in dataset.variables:
        if name not in ("optimizer", "schedule"):  # Text comes back in another of numpy's types for it.
            assert again[name].dtype == dataset[name].dtype
        np.testing.assert_array_equal(again[name], dataset[name])


def test_the_hash_is_of_what_decides_the_numbers(sweep):
    stores = [opened(sweep(f"{SMALL} {more}")) for more in ("", "--threads 1", "--data-seed 1")]
    hashes = [store.attrs["configuration_hash"] for store in stores]
    assert hashes[0] == hashes[1] != hashes[2]
    assert bits(stores[0]["validation_loss"]) == bits(stores[1]["validation_loss"])
    assert bits(stores[0]["validation_loss"]) != bits(stores[2]["validation_loss"])


def test_a_diverged_run_is_infinite_and_says_when(sweep):
    dataset = opened(sweep(SMALL))
    diverged = dataset["status"].values == 1
    assert diverged.any() and not diverged.all()
    assert np.isposinf(dataset["validation_loss"].values[diverged]).all()
    assert np.isfinite(dataset["validation_loss"].values[~diverged]).all()
    epoch = dataset["diverged_at_epoch"].values
    assert (epoch[diverged] >= 1).all() and (epoch[diverged] <= EPOCHS).all()
    assert (epoch[~diverged] == -1).all()


def test_curves_have_an_epoch_dimension_and_end_at_the_final_loss(sweep):
    curves, final = opened(sweep(f"{SMALL} --record epoch")), opened(sweep(SMALL))
    loss = curves["validation_loss"]
    assert loss.dims == (*CELL, "epoch")
    assert curves["epoch"].dtype == np.int64 and curves["epoch"].values.tolist() == [1, 2, 3]
    assert curves["status"].dims == CELL
    assert bits(loss.isel(epoch=-1)) == bits(final["validation_loss"])
    # A loss may overflow before any weight does, so earlier epochs are not checked.
    diverged_at = curves["diverged_at_epoch"]
    after = (diverged_at >= 0) & (curves["epoch"] >= diverged_at)
    assert after.any() and np.isposinf(loss.where(after, np.inf)).all()
    assert not np.isnan(loss).any()


def test_what_another_shard_does_is_not_run_yet(sweep):
    path = sweep(f"{LARGE} --shard 1/2")
    part = opened(path)
    assert part["status"].dtype == np.uint8
    missing = part["status"].values == 255
    assert np.isnan(part["validation_loss"].values[missing]).all()
    assert np.isfinite(part["validation_loss"].values[part["status"].values == 0]).all()
    assert (part["diverged_at_epoch"].values[missing] == -1).all()
    # Each chunk of 11 x 7 cells and one seed is complete or missing. This shard has half of them.
    rates = [slice(begin, begin + 11) for begin in range(0, 33, 11)]
    decays = [slice(begin, begin + 7) for begin in range(0, 35, 7)]
    blocks = itertools.product(rates, decays, (0, 1))
    chunks = [missing[(0, *block)] for block in blocks]
    assert all(chunk.all() or not chunk.any() for chunk in chunks)
    assert sum(chunk.all() for chunk in chunks) == 15
    assert_equal_to_export(path)

    sweep(f"{LARGE} --shard 2/2", out=path.name)
    whole, at_once = opened(path), opened(sweep(LARGE))
    assert not (whole["status"] == 255).any()
    assert all(bits(whole[name]) == bits(at_once[name]) for name in at_once)


# Positions in the first value, in a later value, and in the checksum after the values.
@pytest.mark.parametrize("name", ["validation_loss", "status"])
@pytest.mark.parametrize("position", [0, 6, -1])
def test_a_flipped_bit_is_found_by_every_reader_and_mended_by_sweep(sweep, name, position):
    path = sweep(SMALL)
    whole = shutil.copytree(path, "whole.zarr")
    chunk = path / name / "c.1.0.0.0"
    content = bytearray(chunk.read_bytes())
    content[position] ^= 0x10
    chunk.write_bytes(content)

    with pytest.raises(ValueError, match="[Cc]hecksum"):
        zarr.open_group(path, mode="r")[name][...]
    with pytest.raises(ValueError, match="[Cc]hecksum"):
        xr.open_zarr(path)[name].load()
    refused = run_program(f"export {path}", expected=2)
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) == 1 and str(chunk) in refused.stderr

    sweep(SMALL, out=path.name)
    assert all(bits(opened(path)[array]) == bits(opened(whole)[array]) for array in opened(whole))
