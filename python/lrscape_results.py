"""Reads the results that ``lrscape sweep`` writes.

A result is a plain Zarr v3 group, so ``xarray.open_zarr(path)`` alone opens it. This module adds a
clear error for any other path, and the few reductions that every map needs.

A run diverges at the first epoch after which a weight is not finite. If every weight stays finite
but the final validation loss does not, the run diverges at the last epoch. A recorded loss is +inf
from that epoch on, and in earlier epochs whose loss is not finite. Runs that have not run yet have
loss NaN. The functions below keep finite, diverged and missing runs apart.

``loss`` is an array with dimensions ``learning_rate`` and ``weight_decay``. It also has ``seed``,
``optimizer`` and the further axes of the sweep, such as ``beta2``, unless they have been reduced or
selected.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

CELL_DIMENSIONS = ("optimizer", "learning_rate", "weight_decay", "seed")


class ResultError(Exception):
    """The result is unusable or lacks the requested data. The message is one line for the user."""


def open_result(path: str | os.PathLike) -> xr.Dataset:
    """Opens a result lazily: values are read when they are used.

    Does the same as ``xarray.open_zarr(path)``, but raises ResultError for a path that is missing,
    is not a Zarr v3 group, or does not hold an lrscape sweep.
    """
    folder = Path(path)
    if not folder.exists():
        raise ResultError(f"{folder}: no such file or folder")
    if not (folder / "zarr.json").is_file():
        raise ResultError(f"{folder}: not an lrscape result (it has no zarr.json)")
    try:
        with warnings.catch_warnings():
            # A group without consolidated metadata is not a result. The error below says so.
            warnings.simplefilter("ignore", RuntimeWarning)
            # chunks=None avoids dask even if it is installed.
            dataset = xr.open_zarr(folder, chunks=None)
    except Exception as error:  # A damaged zarr.json raises any of a dozen types.
        raise ResultError(f"{folder}: cannot be opened as Zarr ({one_line(error)})") from error

    for name, dimensions in (
        ("validation_loss", CELL_DIMENSIONS),
        ("status", CELL_DIMENSIONS),
    ):
        if name not in dataset:
            raise ResultError(f"{folder}: not an lrscape sweep (it has no array '{name}')")
        found = dataset[name].dims
        # Axes such as "beta2" lie between the optimizer and the learning rate.
        if tuple(one for one in found if one in dimensions) != dimensions:
            raise ResultError(
                f"{folder}: not an lrscape sweep ('{name}' has dimensions {', '.join(found)};"
                f" expected {', '.join(dimensions)})"
            )
    for dimension in CELL_DIMENSIONS:
        if dimension not in dataset.coords:
            raise ResultError(f"{folder}: not an lrscape sweep (no coordinate '{dimension}')")
    configuration = dataset.attrs.get("configuration")
    stored = dataset.attrs.get("configuration_hash")
    # Results of earlier versions hold the configuration as an object.
    if stored is not None and isinstance(configuration, str):
        if stored != f"crc64:{crc64(configuration.encode()):016x}":
            raise ResultError(f"{folder}: damaged: its configuration does not match the stored hash")
    return dataset


def crc64(data: bytes) -> int:
    """CRC-64/XZ, the checksum of the configuration: polynomial of ECMA-182, reflected."""
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xC96C5795D7870F42 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFFFFFFFFFF


def one_line(error: Exception) -> str:
    """The first line of an exception's text, or its type if the text is empty."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def final(dataset: xr.Dataset, name: str = "validation_loss") -> xr.DataArray:
    """The loss after the last epoch of each run: an array without the dimension epoch."""
    if name not in dataset:
        losses = [str(other) for other in dataset.data_vars if str(other).endswith("_loss")]
        raise ResultError(f"no array '{name}' in this result; it has {', '.join(losses)}")
    array = dataset[name]
    if "epoch" not in array.dims:
        return array
    if "epochs" not in array.dims:
        return array.isel(epoch=-1, drop=True)
    # Runs of fewer epochs end earlier; every other loss is NaN here.
    return array.where(array["epoch"] == array["epochs"]).max("epoch", keep_attrs=True)


def mean_over_seeds(loss: xr.DataArray) -> xr.DataArray:
    """The mean over seeds in float64: +inf where any seed diverged, else NaN where any is missing.

    A cell with missing seeds deliberately has no mean. Against cells averaged over more seeds it
    would win or lose by luck. To see its mean anyway, select the seeds that have run.
    """
    loss = loss.astype(np.float64)
    if "seed" not in loss.dims:
        return loss.compute()
    mean = loss.mean("seed", skipna=False)
    return mean.where(~np.isposinf(loss).any("seed"), np.inf).compute()


def best_cell(loss: xr.DataArray) -> xr.DataArray:
    """The lowest mean over seeds, as a scalar whose coordinates name its cell.

    Compares all optimizers that ``loss`` holds. Raises ResultError if no cell is finite.
    """
    finite = finite_mean(loss)
    if not finite.notnull().any():
        raise ResultError("no cell has a finite loss for all of its seeds")
    return finite.isel(finite.argmin(finite.dims)) if finite.dims else finite


def ridge_line(loss: xr.DataArray) -> xr.DataArray:
    """The best weight decay for each learning rate; NaN where no cell is finite."""
    return finite_mean(loss).idxmin("weight_decay").rename("best_weight_decay")


def ridge_slope(loss: xr.DataArray, lr_low: float = 0.0, lr_high: float = np.inf) -> float:
    """Least-squares slope of log10(best weight decay) against log10(learning rate).

    Uses the learning rates in [lr_low, lr_high] whose best weight decay is positive. A best weight
    decay at an end of the grid only bounds the true one, so choose a range without such learning
    rates.
    """
    learning_rate, weight_decay = one_ridge(loss)
    used = (learning_rate >= lr_low) & (learning_rate <= lr_high)
    used &= (learning_rate > 0) & (weight_decay > 0)
    if len(np.unique(learning_rate[used])) < 2:
        raise ResultError(
            f"a slope needs a best weight decay at two learning rates in [{lr_low:g}, {lr_high:g}];"
            f" there are {used.sum()}"
        )
    slope, _ = np.polyfit(np.log10(learning_rate[used]), np.log10(weight_decay[used]), 1)
    return float(slope)


def ridge_range(loss: xr.DataArray) -> tuple[float, float] | None:
    """The first and last learning rate of the longest unbroken piece of the ridge.

    Returns None if that piece has fewer than 3 learning rates. A piece ends where the best weight
    decay is at an end of the grid, which only bounds the true one. A piece also ends where the
    ridge jumps to another valley: where it is steeper than slope 2, with a tolerance of one cell.
    """
    learning_rate, best = one_ridge(loss)
    weight_decay = np.sort(loss["weight_decay"].values)
    positive = weight_decay[weight_decay > 0]
    if len(positive) < 2:
        return None
    cell = np.diff(np.log(positive)).max()

    longest: list[float] = []
    piece: list[tuple[float, float]] = []
    for rate, decay in zip(learning_rate, best):
        usable = rate > 0 and decay > 0 and weight_decay[0] < decay < weight_decay[-1]
        if piece and usable:
            run = np.log(rate) - np.log(piece[-1][0])
            rise = abs(np.log(decay) - np.log(piece[-1][1]))
            if rise > 2 * run + 1.01 * cell:
                piece = []
        piece = [*piece, (rate, decay)] if usable else []
        if len(piece) > len(longest):
            longest = [point[0] for point in piece]
    return (longest[0], longest[-1]) if len(longest) >= 3 else None


def one_ridge(loss: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """The ascending learning rates of the one optimizer in `loss`, and the ridge at each."""
    ridge = ridge_line(loss)
    if ridge.size != ridge["learning_rate"].size:
        raise ResultError("a ridge is of one optimizer: choose it with loss.sel(optimizer=...)")
    order = np.argsort(ridge["learning_rate"].values)
    return ridge["learning_rate"].values[order], ridge.values.ravel()[order]


def finite_mean(loss: xr.DataArray) -> xr.DataArray:
    """The mean over seeds, NaN where it is not finite."""
    mean = mean_over_seeds(loss)
    return mean.where(np.isfinite(mean))
