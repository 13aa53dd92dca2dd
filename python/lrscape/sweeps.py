"""Sweeps: one training for each combination of optimizer, learning rate, weight decay and seed."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import xarray as xr
from numpy.typing import ArrayLike

from lrscape import _core
from lrscape.dataset import RawDataset, to_xarray
from lrscape.listening import Progress, Report, note, reporting, warn
from lrscape.problem import Validation
from lrscape.schedules import Schedules, named_schedules
from lrscape.settings import core_sweep, named_values
from lrscape.values import Values, call_text, path_text, one_text, simd_text, threads_count, whole

Path = str | os.PathLike[str]
Shard: TypeAlias = "tuple[int, int] | str"

log = logging.getLogger("lrscape")


def sweep(
    X: ArrayLike | None = None,
    y: ArrayLike | str | None = None,
    *,
    lr: Values | None = None,
    wd: Values | None = None,
    weight_decay: Values | None = None,
    optimizer: str | Sequence[str] = "adamw-pt",
    schedule: Schedules = "constant",
    seeds: int = 1,
    first_seed: int = 0,
    epochs: Values | None = None,
    batch: Values | None = None,
    validation: Validation = None,
    split_seed: int | None = None,
    standardize: bool = False,
    intercept: bool = False,
    problem: dict[str, Any] | None = None,
    precision: str = "fp32",
    math: str = "reproducible",
    gram: str = "auto",
    record: str = "final",
    train_loss: bool = False,
    save_weights: bool = False,
    device: str = "auto",
    threads: int = 0,
    simd: str | None = None,
    out: Path | None = None,
    reuse: Path | Sequence[Path] = (),
    shard: Shard = (1, 1),
    client: Any = None,
    progress: Progress = False,
    **hyperparameters: Any,
) -> xr.Dataset:
    """Trains a linear model for every combination of optimizer, learning rate, weight decay and seed.

    A run minimises the mean squared error by minibatches, from zero weights. The result has the same
    bits as that of the program ``lrscape sweep``, for any number of threads and, with
    ``math="reproducible"``, on every device.

    Parameters
    ----------
    X, y
        Features of shape (n, d) and targets of shape (n,): arrays of any real type and order, or a
        DataFrame, whose column names become the coordinate ``feature`` of saved weights. `y` may
        name a column of the DataFrame. The library keeps one copy, in double precision. Without
        data, the sweep trains on the default synthetic problem.
    lr, wd
        Learning rates and weight decays: numbers, arrays, or text such as ``"1e-4:1:32"``, a
        logarithmic range of 32 values. `weight_decay` is another name of `wd`.
    optimizer
        One or several of ``"adamw-pt"`` (PyTorch's AdamW), ``"adamw-lh"`` (Loshchilov and Hutter),
        ``"adam-l2"``, ``"adam-prox"``, ``"sgd"`` and ``"sgdw"``. Values for one optimizer alone
        follow its name: ``["adamw-pt", "sgd:momentum=0,0.9"]``.
    **hyperparameters
        Hyper-parameters of all optimizers that have them: ``beta1``, ``beta2`` or ``betas``,
        ``epsilon`` or ``eps``, ``momentum``, ``dampening``, ``nesterov``. Several values make an axis.
    schedule
        One or several schedules; see `lrscape.schedule`. A dictionary names those that are not text.
    seeds, first_seed
        The number of seeds, and the first. A seed decides the order of the rows.
    epochs, batch
        Passes over the rows [50], and rows per step [20, or all rows if there are fewer]; ``"full"``
        is a batch of all rows. Several values make an axis.
    validation, split_seed
        The fraction of rows to hold out [0.3], chosen at random with `split_seed` [0], or a pair
        ``(X_val, y_val)``.
    standardize, intercept
        Standardize features by the mean and deviation of the training rows, and subtract the mean
        of the training targets from all targets; append a feature that is 1. The weights of a
        result are those of the standardized data. The result has neither means nor deviations: to
        apply weights to other rows, standardize those as well.
    problem
        Sizes of the synthetic problem: ``rows``, ``validation_rows``, ``features``, ``noise``,
        ``density``, ``oracle_density``, ``seed``.
    precision, math, gram, record, train_loss, save_weights
        `precision` is ``"fp32"`` or ``"fp64"``. `math` is ``"reproducible"`` or ``"fast"`` (on a GPU,
        with other bits). `gram` is ``"auto"``, ``"on"`` or ``"off"``: SGD in Gram space. `record`
        keeps the ``"final"`` loss or that of every ``"epoch"``. `train_loss` and `save_weights` add
        these arrays to the result.
    device, threads, simd
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:0"``; CPU threads, 0 for every core; instruction
        set of the CPU [the best, or LRSCAPE_SIMD]. With `client`, each worker chooses its own device
        and instruction set by these rules.
    out
        A folder for the result, a Zarr group. If it exists, the sweep continues it.
    reuse
        Earlier results, whose runs are not trained again.
    shard
        ``(i, n)`` trains the i-th of n parts, counted from 1, so that processes share `out`. Without
        `out`, the result has the runs of this part alone. ``"auto"`` takes the part of this process
        from a Slurm job array, ``srun`` or MPI, as the program does.
    client
        A ``distributed.Client``, whose workers train the sweep in parts, with the same bits. The runs
        travel to the client, so workers need no common file system. With `out`, the workers write
        into that folder themselves: it must have the same path on a file system that client and
        workers share. The paths of `reuse` are those of the workers. A part uses one CPU thread
        unless `threads` says otherwise. If a worker dies, Dask trains its part again elsewhere.
    progress
        True for a bar of tqdm, or a function that is called with the finished and all runs. With
        `client`, it advances by parts.

    Returns
    -------
    xarray.Dataset
        ``validation_loss`` and, if asked for, ``train_loss``, over (optimizer, further axes,
        learning_rate, weight_decay, seed[, epoch]); ``status`` (0 ok, 1 diverged, 255 not run),
        ``diverged_at_epoch``, ``weights`` and ``split``. Losses are mean squared errors in the
        units of the targets squared; they are infinite from divergence on, and NaN for runs that
        have not run.

    Raises
    ------
    ValueError
        For values that are not allowed, for a result `out` of another sweep, and for a path `out`
        that cannot hold a result.
    MemoryError
        If the sweep needs more memory than this machine has.
    lrscape.DeviceError
        If the device does not exist or fails.
    OSError
        If the disk is full, or if the result is moved or removed during the sweep.
    KeyboardInterrupt
        On Ctrl-C, after the runs in training. With `out`, finished units of runs are on disk, and
        the same call continues the sweep. Without `out`, the attribute ``result`` of the exception
        is the dataset with the finished units.

    Examples
    --------
    >>> import lrscape
    >>> result = lrscape.sweep(optimizer="sgd", momentum=0.9, lr=[0.001, 0.01], wd=0, epochs=1)
    >>> result.validation_loss.dims
    ('optimizer', 'learning_rate', 'weight_decay', 'seed')

    Data of your own:

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(40, 3))
    >>> result = lrscape.sweep(X, X @ [1, 2, 3], lr="1e-2:1:5", wd=0, batch=10, validation=0.5)
    >>> float(result.validation_loss.min()) < 0.01
    True
    """
    arguments = {name: value for name, value in locals().items() if name != "hyperparameters"}
    # Some arguments are read several times, which an iterator allows once.
    arguments = {name: listed(value) for name, value in arguments.items()}
    hyperparameters = {name: listed(value) for name, value in hyperparameters.items()}
    named_values(hyperparameters)  # Refuses unknown names first.
    if lr is None:
        raise TypeError("sweep() needs the argument lr, such as lr=\"1e-4:1:32\" or lr=0.1")
    command = call_text("lrscape.sweep", {**given(arguments), **hyperparameters})
    del arguments["progress"], arguments["client"]
    place = {name: arguments.pop(name) for name in ("device", "threads", "simd", "out", "reuse", "shard")}
    order = Order({**arguments, "hyperparameters": hyperparameters}, command, **place)
    if client is None:
        return dataset_of(order, progress)
    from lrscape.cluster import sweep_on

    return sweep_on(client, order, progress)


@dataclass(frozen=True)
class Order:
    """A job: a sweep and the place where it runs. It can travel to another process."""

    arguments: dict[str, Any]  # Those of core_sweep().
    command: str
    device: str
    threads: int
    simd: str | None
    out: Path | None
    reuse: Path | Sequence[Path]
    shard: Shard

    def change(self, **changes: Any) -> Order:
        return replace(self, **changes)

    def with_listed_schedules(self) -> Order:
        """The order with the values of its schedules in the place of functions."""
        sweep_ = core_sweep(**{**self.arguments, "schedule": "constant"})[0]
        schedules = named_schedules(self.arguments["schedule"], sweep_.most_steps())
        return self.change(arguments={**self.arguments, "schedule": schedules})


def dataset_of(order: Order, progress: Progress) -> xr.Dataset:
    """Trains the runs of the order here."""
    stored = order.out is not None
    with reporting(progress, "run") as report:
        raised, raw, counts = run(order, report, warn)
    if raised is not None:
        if stored:
            note(raised, f"the same call continues {order.out}")
        elif raw is not None:
            raised = with_result(raised, raw)
        raise raised
    assert raw is not None
    log.info("sweep: %s", counts)
    dataset = to_xarray(raw)
    if order.out is not None:
        dataset.encoding["source"] = os.fspath(order.out)  # As xarray.open_dataset has it.
    return dataset


def with_result(raised: Any, raw: RawDataset) -> Any:
    """The exception with the attribute result, or a further Ctrl-C that has taken its place."""
    while getattr(raised, "result", None) is None:
        try:
            note(raised, "the attribute result of this exception has the runs that are done")
            raised.result = to_xarray(raw)
        except KeyboardInterrupt as again:
            raised = again
    return raised


def run(
    order: Order, report: Report, warn: Callable[[str], object]
) -> tuple[Any, RawDataset | None, dict[str, int]]:
    """What `_core.run_sweep` returns for the order."""
    sweep_, notes = core_sweep(**order.arguments)
    for text in notes:
        warn(text)
    folder = None if order.out is None else path_text(order.out, "out")
    return _core.run_sweep(
        sweep_, one_text(order.device, "device"), threads_count(order.threads), simd_text(order.simd), folder,
        paths_of(order.reuse), place_of(order.shard), order.command, report, warn,
    )


def listed(value: Any) -> Any:
    return list(value) if isinstance(value, Iterator) else value


def paths_of(reuse: Any) -> list[str]:
    if isinstance(reuse, str | os.PathLike):
        return [path_text(reuse, "reuse")]
    if not isinstance(reuse, Sequence):
        raise ValueError(f"reuse must be a path or a list of paths, not {reuse!r}")
    return [path_text(one, "reuse") for one in reuse]


def place_of(shard: Any) -> tuple[int, int]:
    """The part, counted from 0, and the number of parts."""
    if isinstance(shard, str) and shard == "auto":
        index, count, source = _core.shard_of_process()
        log.info("shard %d of %d, from %s", index + 1, count, source)
        return index, count
    if isinstance(shard, str) or not isinstance(shard, Sequence) or len(shard) != 2:
        raise ValueError(f"shard must be (i, n) with i from 1 to n, or \"auto\", not {shard!r}")
    count = whole(shard[1], "n of shard", 1)
    return whole(shard[0], "i of shard", 1, count) - 1, count


def given(arguments: dict[str, object]) -> dict[str, object]:
    """The arguments that differ from their defaults."""
    defaults: dict[str, object] = sweep.__kwdefaults__ or {}
    return {
        name: value
        for name, value in arguments.items()
        if name not in ("client", "progress")
        and value is not None
        and not (name in defaults and type(value) is type(defaults[name]) and value == defaults[name])
    }
