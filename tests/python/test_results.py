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
from made_results import (  # noqa: E402, F401
    CELL,
    DECAYS,
    RATES,
    loss_array,
    store,
    valley,
    write_store,
)

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
    (store / "validation_loss" / "c" / "0" / "0" / "0" / "0").unlink()
    (store / "status" / "c" / "0" / "0" / "0" / "0").unlink()
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


# Reductions


def test_a_mean_is_infinite_if_any_seed_diverged_and_missing_if_any_was_not_run():
    inf, nan = np.inf, np.nan
    values = [[[1, 3], [inf, 1], [nan, 1], [inf, nan]]]
    mean = results.mean_over_seeds(loss_array(values, rates=[1.0], decays=[1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_array_equal(mean.values, [[2, inf, nan, inf]])
    assert mean.dtype == np.float64


def test_the_best_cell_carries_its_place_and_loses_to_no_lucky_seed():
    values = valley(0, 0, seeds=2)
    values[0, 0] = [0.01, np.inf]  # The best seed of all, next to one that diverged.
    values[1, 1] = [np.nan, 0.01]
    best = results.best_cell(loss_array(values))
    # The formula's minimum: lr 0.1, wd 1, loss 10^-0.4, times the mean of 1 and 1.1.
    assert float(best["learning_rate"]) == pytest.approx(0.1)
    assert float(best["weight_decay"]) == 1
    assert float(best) == pytest.approx(10**-0.4 * 1.05, rel=1e-6)  # Stored in float32.


def test_the_best_cell_is_found_across_optimizers(store):
    loss = results.final(results.open_result(store))
    loss = loss.copy(data=loss.values * np.array([2, 1], np.float32).reshape(2, 1, 1, 1))
    assert str(results.best_cell(loss)["optimizer"].values) == "adamw-lh"


def test_a_map_without_a_finite_cell_has_no_best_cell_but_a_ridge_of_nans():
    loss = loss_array(np.full((5, 6, 2), np.inf))
    with pytest.raises(results.ResultError, match="no cell"):
        results.best_cell(loss)
    assert results.ridge_line(loss).isnull().all()
    assert results.ridge_range(loss) is None


def test_the_ridge_is_the_best_weight_decay_of_each_learning_rate():
    ridge = results.ridge_line(loss_array(valley(-1, -2)))
    assert ridge.dims == ("learning_rate",)
    np.testing.assert_allclose(ridge.values, 0.01 / RATES)  # 100, 10, 1, 0.1, 0.01


@pytest.mark.parametrize(("slope", "intercept"), [(-1, -2), (0, 0), (0.5, 1)])
def test_the_slope_of_a_straight_ridge_is_found(slope, intercept):
    rates = 10.0 ** np.arange(-4, 1, 2)  # Every other decade: slope 0.5 stays on the grid.
    loss = loss_array(valley(slope, intercept, rates=rates), rates=rates)
    # Every point lies on the line, so only rounding is left.
    assert results.ridge_slope(loss, 1e-4, 1) == pytest.approx(slope, abs=1e-12)


def test_the_slope_uses_the_range_given_and_no_weight_decay_of_zero():
    values = valley(-1, -2)
    values[-1] = values[-1, ::-1]  # At learning rate 1 the best weight decay is 10, not 0.01.
    loss = loss_array(values)
    assert results.ridge_slope(loss, 1e-4, 0.1) == pytest.approx(-1, abs=1e-12)
    assert results.ridge_slope(loss[::-1], 1e-4, 0.1) == pytest.approx(-1, abs=1e-12)
    # By hand: for x = -4..0 and y = 2, 1, 0, -1, 1, the slope
    # sum((x - mean)(y - mean)) / sum((x - mean)^2) is -4 / 10.
    assert results.ridge_slope(loss, 1e-4, 1) == pytest.approx(-0.4, abs=1e-12)

    decays = np.r_[0, DECAYS]
    with_zero = np.concatenate([np.full((5, 1, 1), 9.0), valley(-1, -2)], axis=1)
    with_zero[0, 0] = 0.1  # No decay at all is best at learning rate 1e-4.
    loss = loss_array(with_zero, decays=decays)
    assert float(results.ridge_line(loss)[0]) == 0
    assert results.ridge_slope(loss, 1e-4, 1) == pytest.approx(-1, abs=1e-12)


def test_a_slope_needs_two_points_and_one_optimizer(store):
    with pytest.raises(results.ResultError, match="two learning rates"):
        results.ridge_slope(loss_array(valley(-1, -2)), 0.05, 0.5)
    with pytest.raises(results.ResultError, match="one optimizer"):
        results.ridge_slope(results.final(results.open_result(store)), 1e-4, 1)


def test_a_ridge_is_followed_between_the_ends_of_the_grid():
    # The best weight decay is 100, at the end of the grid, for learning rate 1e-4.
    assert results.ridge_range(loss_array(valley(-1, -2))) == pytest.approx((1e-3, 1))


def test_a_ridge_that_jumps_to_another_valley_is_broken_there():
    rates, decays = np.geomspace(1e-4, 1, 13), np.geomspace(1e-3, 10, 13)
    values = valley(0, 0, rates=rates, decays=decays)
    values[:5] = valley(0, -2, rates=rates, decays=decays)[:5]
    loss = loss_array(values, rates=rates, decays=decays)
    assert results.ridge_range(loss) == pytest.approx((rates[5], rates[-1]))
    assert results.ridge_range(loss[::-1, ::-1]) == results.ridge_range(loss)
