"""Results as interactive pages of HTML."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

import numpy as np
import xarray as xr

from lrscape import _core
from lrscape.dataset import CELL, with_dimensions
from lrscape.listening import warn
from lrscape.values import call_text, path_text, real_array, real_values, whole_values


def write_report(
    out: str | os.PathLike[str], datasets: Sequence[xr.Dataset], name: str = "", title: str = ""
) -> None:
    """Writes the page; see the accessor's ``report``."""
    results = [result_of(dataset) for dataset in datasets]
    names = [name_of(dataset, k + 1, len(datasets)) for k, dataset in enumerate(datasets)]
    names[0] = name or names[0]
    out = path_text(out, "out")
    command = call_text("dataset.lrscape.report", {"out": out})
    for part in _core.write_report(out, names, results, title, command):
        warn(f"to stay small, the report leaves out {part}")


def name_of(dataset: xr.Dataset, number: int, count: int) -> str:
    """The folder that the dataset was read from, or a name with its number."""
    source = dataset.encoding.get("source")
    if source:
        return str(source)
    return "result" if count == 1 else f"result {number}"


def result_of(dataset: xr.Dataset) -> _core.Result:
    """The library's result with the losses of a dataset, which may be a part of a larger one."""
    if not isinstance(dataset, xr.Dataset):
        raise ValueError(f"a result is an xarray.Dataset, not {dataset!r}")
    for array in ("validation_loss", "status"):
        if array not in dataset:
            raise ValueError(f"this dataset is no result of a sweep: it has no {array}")
    kept = ("optimizer", *CELL)
    losses = with_dimensions(dataset["validation_loss"], kept)
    status = with_dimensions(dataset["status"], kept)
    further = [str(name) for name in losses.dims if name not in (*kept, "epoch")]
    runs = ("optimizer", *further, *CELL)
    epochs = ("epoch",) if "epoch" in losses.dims else ()

    result = _core.Result()
    result.optimizers = [str(label) for label in losses["optimizer"].values]
    for dimension in further:
        values = losses[dimension].values
        if dimension == "schedule":
            result.add_label_axis(dimension, [str(label) for label in values])
        else:
            result.add_number_axis(dimension, real_values(values, dimension))
    result.learning_rates = real_values(losses["learning_rate"].values, "learning_rate")
    result.weight_decays = real_values(losses["weight_decay"].values, "weight_decay")
    result.seeds = whole_values(losses["seed"].values, "seed")
    result.epochs = losses["epoch"].values.tolist() if epochs else []
    result.attributes = json.dumps(dataset.attrs)
    values = losses.transpose(*runs, *epochs).values
    is_fp64 = values.dtype == np.float64
    result.set_losses(real_array(values.ravel(), "validation_loss"), status.transpose(*runs).values.ravel(), is_fp64)
    return result
