"""Datasets of xarray from the arrays of the library."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr

#: (arrays, attributes); each array is (name, dimensions, values, attributes, is_coordinate).
RawDataset = tuple[list[tuple[str, list[str], Any, str, bool]], str]


#: The dimensions of a map.
CELL = ("learning_rate", "weight_decay", "seed")


def with_dimensions(array: xr.DataArray, names: tuple[str, ...]) -> xr.DataArray:
    """The array with these dimensions, also where a single value of one was selected."""
    for name in names:
        if name not in array.coords:
            raise ValueError(f"the losses have no coordinate {name}: do not average over it; select a value with isel({name}=[0])")
        if name not in array.dims:
            array = array.expand_dims(name)
    return array


def plain_type(values: Any) -> Any:
    """The array with numpy's own type for 64 bits: "long long" is as long, but no store knows it."""
    return values.view(np.int64) if values.dtype == np.int64 else values


def to_xarray(raw: RawDataset) -> xr.Dataset:
    """The dataset that ``xarray.open_zarr`` reads from the same result on disk."""
    arrays, attributes = raw
    coordinates: dict[str, xr.Variable] = {}
    variables: dict[str, xr.Variable] = {}
    for name, dimensions, values, about, is_coordinate in arrays:
        if isinstance(values, list):
            texts = np.array(values, dtype=np.dtypes.StringDType())
            values = texts if dimensions else texts[0]
        else:
            values = plain_type(values)
        variable = xr.Variable(dimensions, values, json.loads(about))
        (coordinates if is_coordinate else variables)[name] = variable
    return xr.Dataset(variables, coordinates, json.loads(attributes))
