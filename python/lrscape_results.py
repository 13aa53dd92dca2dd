"""Reads the results that ``lrscape sweep`` writes.

A result is a plain Zarr v3 group, so ``xarray.open_zarr(path)`` alone opens it. This module adds a
clear error for any other path, and what the program says of a result: best cells, ridges and slopes.

A run diverges at the first epoch after which a weight is not finite. If every weight stays finite
but the final validation loss does not, the run diverges at the last epoch. A recorded loss is +inf
from that epoch on, and in earlier epochs whose loss is not finite. Runs that have not run yet have
loss NaN.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import warnings
from pathlib import Path

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


def one_line(error: Exception | str) -> str:
    """The first line of a text or of an exception's text, or its type if the text is empty."""
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


def program() -> str:
    """The program: LRSCAPE_PROGRAM, else the newest one built in this clone, else that on the PATH."""
    named = os.environ.get("LRSCAPE_PROGRAM")
    built = (Path(__file__).resolve().parents[1] / "build").glob("*/lrscape")
    newest = max(built, key=lambda path: path.stat().st_mtime, default=None)
    found = named or newest or shutil.which("lrscape")
    if found is None:
        raise ResultError("the program lrscape is not built, not on the PATH and not named by LRSCAPE_PROGRAM")
    return str(found)


def ask(command: str, *arguments: str | os.PathLike) -> dict:
    """The JSON that a command of the program prints."""
    words = [program(), command, "--json", *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ResultError(one_line(done.stderr))
    return json.loads(done.stdout)


def answers(path: str | os.PathLike) -> list[dict]:
    """What ``lrscape show`` says of each map: best cell, cells as good, ridge and slope."""
    return ask("show", "--", path)["results"]
