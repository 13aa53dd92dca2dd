"""Bounds on the suboptimality of SGD for learning-rate schedules."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from lrscape import _core
from lrscape.dataset import plain_type, to_xarray
from lrscape.listening import Progress, reporting, warn
from lrscape.schedules import Schedule, Schedules, evaluated, listed_values, separate, specs_of
from lrscape.values import (
    Values, call_text, choose, distinct, flag, one_text, path_text, real, real_array, real_values, simd_text,
    threads_count, whole, whole_values,
)  # fmt: skip


class Bound(NamedTuple):
    """A base learning rate and the bound at it."""

    gamma: float
    omega: float


def bound(
    schedule: Schedules,
    steps: Values | None = None,
    *,
    at: Values | None = None,
    anytime: bool = False,
    gamma: Values | None = None,
    grad_norms: Values = 1.0,
    distance: float = 1.0,
    steps_per_epoch: int = 0,
    formula: str = "last",
    method: str = "auto",
    device: str = "auto",
    threads: int = 0,
    simd: str | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: Progress = False,
) -> xr.Dataset:
    """Evaluates the bound of Schaipp et al. (ICML 2025, Theorem 1) for schedules.

    The bound holds for the last iterate of SGD on convex, possibly nonsmooth problems.

    Parameters
    ----------
    schedule
        One or several schedules; see `lrscape.schedule`. Text may hold ranges:
        ``"wsd:cooldown=0.05:0.95:19"``.
    steps
        Lengths T of the schedules. The default is the length of an array.
    at, anytime
        Horizons t <= T after which training stops [T], or all of them, t = 1 .. T.
    gamma
        Base learning rates. The default is the best one, which has a closed form.
    grad_norms
        Gradient norms G_t: a number, one for each step, or text such as ``"law:G2=1,A2=-0.5"``.
    distance
        The distance D from the start to a minimiser.
    steps_per_epoch
        For the schedule sqrt-epoch alone.
    formula
        ``"last"``, ``"average"`` or ``"orabona"``.
    method
        ``"auto"``, ``"direct"`` or ``"fmm"``.
    device, threads, simd, out, progress
        See `lrscape.sweep`. Bounds are written to `out` completely or not at all.

    Returns
    -------
    xarray.Dataset
        ``gamma_opt``, ``omega_opt``, ``step_sum`` and ``gradient_sum`` over (schedule, steps[, t]),
        and ``omega``, with a dimension gamma, if `gamma` is given. NaN beyond the end of a schedule.

    Raises
    ------
    ValueError, MemoryError, lrscape.DeviceError, OSError, KeyboardInterrupt
        As `lrscape.sweep`. An interruption keeps no bounds.

    Examples
    --------
    >>> import lrscape
    >>> bounds = lrscape.bound(["wsd:cooldown=0.2", "cosine"], steps=[1000, 4000])
    >>> bounds.omega_opt.dims
    ('schedule', 'steps')
    >>> bounds.schedule_name[bounds.omega_opt.sel(steps=4000).argmin("schedule")].item()
    'cosine'
    """
    arguments = {name: value for name, value in locals().items() if name != "progress"}
    defaults = bound.__kwdefaults__ or {}
    command = call_text(
        "lrscape.bound",
        {k: v for k, v in arguments.items() if v is not None and not (k in defaults and v is defaults[k])},
    )
    sweep = _core.BoundSweep()
    sweep.steps = lengths(schedule) if steps is None else distinct(whole_values(steps, "steps"), "steps")
    sweep.schedules = specs_of(schedule, max(sweep.steps))
    sweep.horizons = [] if at is None else distinct(whole_values(at, "at"), "at")
    sweep.anytime = flag(anytime, "anytime")
    sweep.steps_per_epoch = whole(steps_per_epoch, "steps_per_epoch")
    sweep.norms = norms_of(grad_norms)
    sweep.distance = real(distance, "distance")
    sweep.formula = choose(_core.Formula, "formula", formula)
    sweep.method = choose(_core.Method, "method", method)
    gammas = [] if gamma is None else distinct(real_values(gamma, "gamma", logarithmic=True), "gamma")
    folder = None if out is None else path_text(out, "out")
    with reporting(progress, "bound") as report:
        raised, raw = _core.run_bound(
            sweep, gammas, one_text(device, "device"), threads_count(threads), simd_text(simd), folder, command,
            report, warn,
        )  # fmt: skip
    if raised is not None:
        raise raised
    return to_xarray(raw)


def bound_of(
    schedule: Schedule,
    steps: int | None = None,
    *,
    gamma: float | None = None,
    grad_norms: Values = 1.0,
    distance: float = 1.0,
    steps_per_epoch: int = 0,
) -> Bound:
    """The bound of one schedule after its last step, as two numbers.

    The numbers of `bound` for one schedule, without the dataset: for loops over many schedules.

    Parameters
    ----------
    schedule, steps, grad_norms, distance, steps_per_epoch
        See `bound`.
    gamma
        The base learning rate. The default is the best one.

    Returns
    -------
    Bound
        ``gamma`` and ``omega``.

    Raises
    ------
    ValueError
        For values that are not allowed.

    Examples
    --------
    >>> import lrscape
    >>> print(f"{lrscape.bound_of('linear', 20).omega:.6f}")
    0.468511
    """
    if steps is None and not isinstance(schedule, str):
        eta = listed_values(schedule, None)
    else:
        eta = evaluated(schedule, steps, steps_per_epoch)
    gamma = None if gamma is None else real(gamma, "gamma")
    return Bound(*_core.bound_of(eta, gamma, norms_of(grad_norms), real(distance, "distance")))


def extend(
    schedule: str = "constant",
    *,
    stage: int = 100,
    stages: int = 100,
    by: str = "factor",
    grad_norms: Values = 1.0,
    distance: float = 1.0,
    threads: int = 0,
) -> xr.Dataset:
    """Lengthens a schedule stage by stage so that one base learning rate stays the best.

    Parameters
    ----------
    schedule
        ``"constant"`` or a wsd such as ``"wsd:cooldown=0.2"``.
    stage
        The number of steps of the first stage, and of those that each further stage adds.
    stages
        The number of stages.
    by
        ``"factor"`` multiplies the new steps; ``"cooldown"`` lengthens the cooldown of wsd.
    grad_norms, distance
        See `bound`.
    threads
        CPU threads, 0 for every core.

    Returns
    -------
    xarray.Dataset
        Over ``stage``, counted from 1: the first and last step of the stage, ``start`` and ``end``,
        its ``factor``, ``cooldown`` and ``learning_rate``, the bound ``omega`` at its end, the bound
        ``omega_linear`` of linear decay, and ``gamma_opt``. The attribute ``gamma`` is the base
        learning rate; ``ended`` tells why stages are missing, if any are.

    Raises
    ------
    ValueError
        For a schedule that cannot be extended.

    Examples
    --------
    >>> import lrscape
    >>> stages = lrscape.extend(stage=100, stages=4)
    >>> stages.factor.values.round(4).tolist()
    [1.0, 0.49, 0.3464, 0.2772]
    """
    specs = _core.parse_schedules(one_text(schedule, "the schedule to extend"))
    if len(specs) != 1:
        raise ValueError(f"{schedule!r} names {len(specs)} schedules; give one")
    extension = _core.Extension()
    extension.schedule = specs[0]
    extension.stage, extension.stages = whole(stage, "stage", 1), whole(stages, "stages", 1)
    extension.by = choose(_core.By, "by", by)
    extension.norms = norms_of(grad_norms)
    extension.distance = real(distance, "distance")
    best, columns, ended = _core.run_extension(extension, threads_count(threads))
    variables = {name: ("stage", plain_type(values)) for name, values in columns.items()}
    count = len(columns["end"])
    attributes: dict[str, Any] = {"title": "lrscape extend", "gamma": best, "ended": ended}
    return xr.Dataset(variables, {"stage": np.arange(1, count + 1)}, attributes)


def lengths(schedules: Schedules) -> list[int]:
    """The common length of schedules that are arrays."""
    found = {
        None if isinstance(one, str) or callable(one) or not hasattr(one, "__len__") else len(one)
        for _, one in separate(schedules)
    }
    if len(found) != 1 or None in found:
        raise ValueError("no steps given; set the number of steps of the schedules")
    return [length for length in found if length is not None]


def norms_of(grad_norms: Values) -> _core.GradientNorms:
    if isinstance(grad_norms, str):
        return _core.GradientNorms.parse(grad_norms)
    array = real_array(grad_norms, "grad_norms")
    if array.dtype == bool:
        raise ValueError(f"grad_norms must be a number or an array of numbers, not {grad_norms!r}")
    if array.ndim == 0:
        return _core.GradientNorms.constant(float(array))
    return _core.GradientNorms.listed(array)
