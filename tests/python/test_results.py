"""Tests the functions that read and reduce results, on stores made with zarr-python."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr

PYTHON_FOLDER = Path(__file__).resolve().parents[2] / "python"
sys.path.insert(0, str(PYTHON_FOLDER))

import lrscape_results as results  # noqa: E402
from made_results import CELL, store, valley, write_store  # noqa: E402, F401

# Reading


def test_a_result_opens_without_warnings_and_keeps_its_types(store):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = results.open_result(store)
        dataset.load()
    assert list(dataset["optimizer"].values) == ["adamw-pt", "adamw-lh"]
    assert dataset["validation_loss"].dims == tuple(CELL)
    assert dataset["validation_loss"].dtype == np.float32
    # If the fill value were read as a mask, these arrays would have become floats.
    assert dataset["status"].dtype == np.uint8
    assert dataset["diverged_at_epoch"].dtype == np.int32


def test_open_result_is_the_same_as_plain_open_zarr(store):
    xr.testing.assert_identical(results.open_result(store).load(), xr.open_zarr(store).load())


def test_a_chunk_that_was_never_written_reads_as_not_run(store):
    (store / "validation_loss" / "c.0.0.0.0").unlink()
    (store / "status" / "c.0.0.0.0").unlink()
    dataset = results.open_result(store)
    assert np.isnan(dataset["validation_loss"].values).all()
    assert (dataset["status"].values == 255).all()


def test_what_is_not_a_result_is_refused_with_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("text")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "zarr.json").write_text('{"zarr_format": 3,')
    zarr.open_group(tmp_path / "bare", mode="w", zarr_format=3)
    other = xr.Dataset({"validation_loss": ("x", [1.0]), "status": ("x", [0])})
    other.to_zarr(tmp_path / "other", zarr_format=3, consolidated=False)
    for name, reason in {
        "missing": "no such file",
        "empty": "no zarr.json",
        "file": "no zarr.json",
        "damaged": "cannot be opened",
        "bare": "no array 'validation_loss'",
        "other": "has dimensions x",
    }.items():
        with warnings.catch_warnings(), pytest.raises(results.ResultError, match=reason) as caught:
            warnings.simplefilter("error")  # A warning would be a second line on stderr.
            results.open_result(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_configuration_that_does_not_match_its_hash_is_refused(store):
    assert results.crc64(b"123456789") == 0x995DC9BBDF1939FA  # The check value of CRC-64/XZ.
    group = zarr.open_group(store, mode="r+")
    group.attrs.update(
        {"configuration": "123456789", "configuration_hash": "crc64:995dc9bbdf1939fa"}
    )
    zarr.consolidate_metadata(store)
    results.open_result(store)
    group.attrs["configuration"] = "123456788"
    zarr.consolidate_metadata(store)
    with pytest.raises(results.ResultError, match="does not match the stored hash"):
        results.open_result(store)


def test_final_takes_the_last_epoch_of_a_curve_and_a_loss_without_curves_as_it_is(tmp_path):
    last = valley(0, 0)
    curves = np.stack([last + 2, last + 1, last], axis=-1)[np.newaxis]
    path = write_store(tmp_path / "curves.zarr", {"sgd": last}, curves=curves)
    dataset = results.open_result(path)
    assert dataset.sizes["epoch"] == 3
    assert results.final(dataset).dims == tuple(CELL)
    np.testing.assert_array_equal(results.final(dataset).values[0], last)

    plain = results.open_result(write_store(tmp_path / "plain.zarr", {"sgd": last}))
    xr.testing.assert_identical(results.final(plain), plain["validation_loss"])
    with pytest.raises(results.ResultError, match="'train_loss'.*has validation_loss"):
        results.final(plain, "train_loss")


# Answers


def test_answers_are_those_of_the_program(store):
    first, second = results.answers(store)
    assert (first["optimizer"], second["optimizer"]) == ("adamw-pt", "adamw-lh")
    # The formula's minimum: lr 0.1, loss 10^-0.4, times the mean of 1, 1.1 and 1.2. Stored in float32.
    assert first["best"]["learning_rate"] == pytest.approx(0.1)
    assert first["best"]["weight_decay"] == pytest.approx(0.1)
    assert first["best"]["loss"] == pytest.approx(10**-0.4 * 1.1, rel=1e-6)
    # Their standard deviation is 0.1.
    assert first["best"]["standard_error"] == pytest.approx(10**-0.4 * 0.1 / 3**0.5, rel=1e-5)
    # At learning rate 1e-4 the best weight decay is 100, at the edge.
    np.testing.assert_allclose(
        first["ridge"], [[1e-3, 10], [1e-2, 1], [1e-1, 0.1], [1, 0.01]], rtol=1e-6
    )
    assert first["slope"]["value"] == pytest.approx(-1, abs=1e-6)
    assert second["slope"]["value"] == pytest.approx(0, abs=1e-6)
    # A seed scales the whole map, so the slope has no error.
    assert first["slope"]["low"] == pytest.approx(-1, abs=1e-6)


def test_what_the_program_refuses_is_one_line(tmp_path):
    with pytest.raises(results.ResultError, match="lrscape: there is no .*no-result"):
        results.answers(tmp_path / "no-result")


def test_the_program_is_the_one_that_is_named(monkeypatch):
    monkeypatch.setenv("LRSCAPE_PROGRAM", "/there/lrscape")
    assert results.program() == "/there/lrscape"
