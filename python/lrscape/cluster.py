"""Sweeps on the workers of a Dask cluster. Nothing here imports Dask before a client is given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from lrscape import _core
from lrscape.dataset import to_xarray
from lrscape.listening import Progress, Report, note, reporting, warn
from lrscape.sweeps import Order, Shard, run
from lrscape.values import path_text

#: A part that has no runs, because no sweep has as many units. Its dataset has the axes alone.
NO_RUNS: Shard = (2**62, 2**62)

NOT_RUN = 255

Warn: TypeAlias = "Callable[[str], object]"
Client: TypeAlias = Any  #: distributed.Client, which need not be installed.


@dataclass
class Part:
    """The runs of a part, from a worker."""

    runs: int
    device: str
    configuration: str
    #: The runs that are done, as places in an array over all runs, and their values by name. There
    #: are no values if the result is on disk.
    places: NDArray[np.intp]
    values: dict[str, NDArray[Any]]
    warnings: list[str] = field(default_factory=list)


def sweep_on(client: Client, order: Order, progress: Progress) -> xr.Dataset:
    """The dataset of a sweep whose parts the workers of the client train."""
    check_client(client)
    if order.shard != (1, 1):
        raise ValueError("shard cannot be combined with client: the sweep is cut for its workers")
    order = order.with_listed_schedules()
    folder = None if order.out is None else os.path.abspath(path_text(order.out, "out"))
    here = order.change(device="cpu", out=None, reuse=(), shard=NO_RUNS)
    told: set[str] = set()

    def warn_once(text: str) -> None:
        if text not in told:
            told.add(text)
            warn(text)

    # Checks the arguments before they travel.
    result = trained(here, None, warn_once)[0]
    made = made_folder(folder)
    try:
        with reporting(progress, "run") as report:
            devices = collect(client, order.change(out=folder), result, report, warn_once)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and folder is None:
            setattr(error, "result", result)
            note(error, "the attribute result of this exception has the runs that are done")
        elif folder is not None and not isinstance(error, ValueError | TypeError):
            note(error, f"the same call continues {folder}")
        raise
    finally:
        if made and folder is not None and not os.listdir(folder):
            os.rmdir(folder)
    if folder is not None:
        return stored_result(folder)
    return result.assign_attrs(device="; ".join(sorted(devices)))


def collect(
    client: Client, order: Order, result: xr.Dataset, report: Report, warn: Warn
) -> set[str]:
    """Trains all parts, merges them into the result, and returns the devices of the workers.

    Dask trains a part again if its worker dies, and fetches the order again from the scheduler.
    """
    import dask  # type: ignore[import-not-found, unused-ignore]
    from distributed import as_completed  # type: ignore[import-not-found, unused-ignore]

    total = result.status.size
    count = parts_of(total, len(client.nthreads()))
    # The order is a task of its own: it travels once to each worker, and outlives every worker.
    # Dask would advise to scatter large orders, but those are lost with the worker that has them.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}):
        sent = client.submit(same, order, pure=False)
        futures = client.map(
            train_part, range(1, count + 1), count=count, order=sent, pure=False, key="lrscape-part"
        )
    done, devices = 0, set[str]()
    try:
        if report is not None:
            report(0, total)
        completed: Iterable[tuple[Any, Part]] = as_completed(  # type: ignore[no-untyped-call, unused-ignore]
            futures, with_results=True
        )
        for future, part in completed:
            merge(part, result)
            future.release()
            done += part.runs
            devices.add(part.device)
            for text in part.warnings:
                warn(text)
            if report is not None:
                report(done, total)
    except BaseException:
        client.cancel(futures)
        raise
    return devices


def parts_of(runs: int, workers: int) -> int:
    """The number of parts: several for each worker, so that all workers end at about the same time.

    Each part prepares the data again and holds the arrays of the whole sweep. The parts of a large
    sweep therefore have at least 1,024 runs each, unless a worker would then get fewer than four
    parts. Large sweeps have 64 parts even on few workers, since more may come, and since progress
    advances by parts. No unit of work has fewer than 64 runs.
    """
    fewest, most = 4 * workers, max(64, 8 * workers)
    return max(1, min(runs // 64, max(fewest, min(runs // 1024, most))))


def same(order: Order) -> Order:
    return order


def train_part(index: int, count: int, order: Order) -> Part:
    """Trains a part. Runs on a worker, and stops if the client cancels the part."""
    from distributed import get_worker  # type: ignore[import-not-found, unused-ignore]

    worker = get_worker()
    key = worker.get_current_task()

    def stop_if_cancelled(done: int, total: int) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise InterruptedError(f"the client has cancelled {key}")

    if order.out is not None and not os.path.isdir(order.out):
        raise ValueError(
            f"out={str(order.out)!r} is no folder on the worker {worker.address}: the workers must "
            "share its file system with the client; without out, the result travels to the client"
        )
    warnings: list[str] = []
    order = order.change(shard=(index, count), threads=order.threads or 1)
    dataset, runs = trained(order, stop_if_cancelled, warnings.append)
    return part_of(dataset, runs, order.out is not None, warnings)


def trained(order: Order, report: Report, warn: Warn) -> tuple[xr.Dataset, int]:
    """The dataset of an order, and the number of its runs."""
    raised, raw, counts = run(order, report, warn)
    if raised is not None:
        raise raised
    assert raw is not None
    return to_xarray(raw), counts["runs"]


def part_of(dataset: xr.Dataset, runs: int, stored: bool, warnings: list[str]) -> Part:
    done = np.flatnonzero(dataset.status.values != NOT_RUN)
    names = [] if stored else names_of_runs(dataset)
    values = {name: by_run(dataset, name)[done] for name in names}
    about = dataset.attrs
    return Part(runs, about["device"], about["configuration"], done, values, warnings)


def names_of_runs(dataset: xr.Dataset) -> list[str]:
    """The arrays that have values for each run."""
    dimensions = dataset.status.dims
    return [
        str(name) for name, array in dataset.data_vars.items()
        if array.dims[: len(dimensions)] == dimensions
    ]


def by_run(dataset: xr.Dataset, name: str) -> NDArray[Any]:
    """A view of the array with one axis for all runs, in the order of the status."""
    array: NDArray[Any] = dataset[name].values
    view = array.view()
    view.shape = (dataset.status.size, *array.shape[dataset.status.ndim :])
    return view


def merge(part: Part, result: xr.Dataset) -> None:
    """Copies the runs of a part."""
    if part.configuration != result.attrs["configuration"]:
        raise ValueError(
            "a worker trained another sweep: client and workers need the same version of lrscape "
            f"and the same data: {part.configuration} instead of {result.attrs['configuration']}"
        )
    for name, values in part.values.items():
        by_run(result, name)[part.places] = values


def made_folder(folder: str | None) -> bool:
    """Makes the folder, so that a worker can tell whether the file system is shared."""
    if folder is None or os.path.lexists(folder):
        return False
    os.makedirs(folder)
    return True


def stored_result(folder: str) -> xr.Dataset:
    """The result that the workers have written."""
    if os.listdir(folder):
        result = to_xarray(_core.read_dataset(folder))
        if not (result.status == NOT_RUN).any():
            result.encoding["source"] = folder  # As xarray.open_dataset has it.
            return result
    raise ValueError(
        f"the workers have trained all runs, but {folder} lacks some: the workers must share its file "
        "system with the client; without out, the result travels to the client"
    )


def check_client(client: Client) -> None:
    try:
        from distributed import Client as DaskClient  # type: ignore[import-not-found, unused-ignore]
    except ModuleNotFoundError:
        raise TypeError(f"client must be a distributed.Client, not {client!r}") from None
    if not isinstance(client, DaskClient):
        raise TypeError(f"client must be a distributed.Client, not {client!r}")
    if client.status != "running":
        raise ValueError(f"client is {client.status}; give one that is connected to a cluster")
    if client.asynchronous:
        raise ValueError("client is asynchronous; give a client made with asynchronous=False")
