"""Learning-rate schedules: from and to text, arrays, functions, PyTorch and Optax."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lrscape import _core
from lrscape.values import real, real_array, whole

if TYPE_CHECKING:
    import torch

#: Text ("wsd:cooldown=0.2"), the multipliers of all steps, a function of the step counted from 0, or
#: a scheduler of PyTorch.
Schedule: TypeAlias = "str | Sequence[float] | NDArray[Any] | Callable[[int], Any] | Any"
#: One or several; a dictionary names schedules that are not text.
Schedules: TypeAlias = "Schedule | Sequence[Schedule] | Mapping[str, Schedule]"


def schedule(schedule: Schedule, steps: int | None = None, *, steps_per_epoch: int = 0) -> NDArray[np.float64]:
    """The multipliers of the learning rate at all steps of a schedule.

    Parameters
    ----------
    schedule
        Text such as ``"wsd:cooldown=0.2,warmup=100"`` (``lrscape help schedules`` lists all), an
        array of multipliers, a function of the step, counted from 0 as in Optax and in
        ``torch.optim.lr_scheduler.LambdaLR``, or a scheduler of PyTorch, which stays unchanged.
    steps
        The number T of steps. The default is the length of an array. The first T multipliers of a
        longer array count.
    steps_per_epoch
        For the schedule sqrt-epoch alone.

    Returns
    -------
    numpy.ndarray
        Of shape (T,): entry t - 1 is the multiplier of step t, counted from 1. A schedule that ends
        at zero reaches zero at step T + 1.

    Raises
    ------
    ValueError
        For an unknown schedule, a value out of range, or several schedules in one text.

    Examples
    --------
    >>> import lrscape
    >>> lrscape.schedule("linear", 4)
    array([1.  , 0.75, 0.5 , 0.25])
    >>> lrscape.schedule(lambda step: 1 / (step + 1), 2)
    array([1. , 0.5])
    """
    return evaluated(schedule, steps, steps_per_epoch)


def torch_scheduler(
    optimizer: torch.optim.Optimizer,
    schedule: Schedule,
    steps: int | None = None,
    *,
    steps_per_epoch: int = 0,
) -> torch.optim.lr_scheduler.LambdaLR:
    """A scheduler of PyTorch that multiplies the learning rate of the optimizer by a schedule.

    Parameters
    ----------
    optimizer
        An optimizer of ``torch.optim``. Its learning rates are the base.
    schedule
        See `schedule`.
    steps
        The number of steps. After them, the last multiplier stays.
    steps_per_epoch
        See `schedule`.

    Returns
    -------
    torch.optim.lr_scheduler.LambdaLR
        Call its ``step()`` after each step of the optimizer.

    Examples
    --------
    >>> import lrscape, torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.5)
    >>> scheduler = lrscape.torch_scheduler(optimizer, "linear", steps=4)
    >>> optimizer.step(); scheduler.step(); scheduler.get_last_lr()
    [0.375]
    """
    from torch.optim.lr_scheduler import LambdaLR

    multipliers = evaluated(schedule, steps, steps_per_epoch).tolist()
    last = len(multipliers) - 1
    return LambdaLR(optimizer, lambda step: float(multipliers[min(step, last)]))


def optax_schedule(
    schedule: Schedule, steps: int | None = None, *, lr: float = 1.0, steps_per_epoch: int = 0
) -> Callable[[Any], Any]:
    """A schedule of Optax: a function from the step, counted from 0, to the learning rate.

    Parameters
    ----------
    schedule
        See `schedule`.
    steps
        The number of steps. After them, the last value stays.
    lr
        The base learning rate.
    steps_per_epoch
        See `schedule`.

    Returns
    -------
    callable
        Also works inside ``jax.jit``. Values have the floating-point type of JAX.

    Examples
    --------
    >>> import jax, lrscape
    >>> float(lrscape.optax_schedule("linear", 4, lr=0.5)(1))
    0.375
    """
    import jax.numpy as jnp

    values = jnp.asarray(real(lr, "lr") * evaluated(schedule, steps, steps_per_epoch))
    last = len(values) - 1
    return lambda count: values[jnp.minimum(count, last)]


def evaluated(
    schedule: Schedule, steps: int | None = None, steps_per_epoch: int = 0
) -> NDArray[np.float64]:
    steps = None if steps is None else whole(steps, "steps", 1)
    steps_per_epoch = whole(steps_per_epoch, "steps_per_epoch")
    if isinstance(schedule, str):
        if steps is None:
            raise ValueError("no steps given; set the number of steps of the schedule")
        specs = _core.parse_schedules(schedule)
        if len(specs) != 1:
            raise ValueError(f"{schedule!r} names {len(specs)} schedules; give one")
    else:
        values = listed_values(schedule, steps)
        steps = len(values) if steps is None else steps
        specs = [_core.Schedule.listed(name_of(schedule), values)]
    return np.asarray(specs[0].evaluate(steps, steps_per_epoch))


class NamedSchedules(list["str | tuple[str, NDArray[Any]]"]):
    """Schedules as text, or as the name that they have in results with their multipliers."""


def specs_of(schedules: Schedules | NamedSchedules, steps: int) -> list[_core.Schedule]:
    """The schedules of the library. Functions are called for that many steps."""
    specs: list[_core.Schedule] = []
    for one in named_schedules(schedules, steps):
        specs += _core.parse_schedules(one) if isinstance(one, str) else [_core.Schedule.listed(*one)]
    return specs


def named_schedules(schedules: Schedules | NamedSchedules, steps: int) -> NamedSchedules:
    if isinstance(schedules, NamedSchedules):
        return schedules
    named = NamedSchedules()
    names: dict[str, int] = {}
    for name, one in separate(schedules):
        if isinstance(one, str):
            named.append(one)
            continue
        names[name] = names.get(name, 0) + 1
        label = name if names[name] == 1 else f"{name}-{names[name]}"
        named.append((label, listed_values(one, steps)))
    if not named:
        raise ValueError("no schedule given, such as schedule=\"wsd:cooldown=0.2\"")
    return named


def separate(schedules: Schedules) -> list[tuple[str, Schedule]]:
    """Each schedule with the name that it has in results, unless it is text."""
    if isinstance(schedules, Mapping):
        return [(str(name), one) for name, one in schedules.items()]
    if isinstance(schedules, str) or callable(schedules) or is_torch_scheduler(schedules):
        return [(name_of(schedules), schedules)]
    if isinstance(schedules, np.ndarray) and schedules.ndim != 2:
        return [(name_of(schedules), schedules)]
    if not isinstance(schedules, Iterable):
        raise no_schedule(schedules)
    everything = list(schedules)
    if everything and all(np.isscalar(one) and not isinstance(one, str) for one in everything):
        return [(name_of(schedules), schedules)]
    return [(name_of(one), one) for one in everything]


def name_of(schedule: Schedule) -> str:
    if is_torch_scheduler(schedule):
        return type(schedule).__name__
    name = str(getattr(schedule, "__name__", "")) if callable(schedule) else "array"
    return name if name.isidentifier() else "function"


def listed_values(schedule: Schedule, steps: int | None) -> NDArray[Any]:
    """The multipliers of a schedule that is not text."""
    if is_torch_scheduler(schedule):
        return torch_multipliers(schedule, needed(steps))
    if callable(schedule):
        return np.array(
            [real(schedule(step), f"the multiplier of {name_of(schedule)}({step})") for step in range(needed(steps))]
        )
    if schedule is None or isinstance(schedule, Mapping) or not hasattr(schedule, "__len__"):
        raise no_schedule(schedule)
    values = real_array(schedule, "a schedule")
    if values.size == 0:
        raise ValueError("a schedule must have at least one multiplier, but this array is empty")
    if values.ndim != 1:
        raise ValueError(f"a schedule must have one multiplier a step, not the shape {values.shape}")
    return values


def no_schedule(given: object) -> ValueError:
    return ValueError(
        "a schedule must be text, an array of multipliers, a function of the step or a scheduler of "
        f"PyTorch that has base_lrs, not {given!r}"
    )


def needed(steps: int | None) -> int:
    if steps is None:
        raise ValueError("no steps given; a function needs the number of steps")
    return steps


def is_torch_scheduler(schedule: object) -> bool:
    return all(hasattr(schedule, name) for name in ("get_last_lr", "base_lrs", "optimizer", "step"))


def torch_multipliers(scheduler: Any, steps: int) -> NDArray[np.float64]:
    """The learning rates of the first parameter group, divided by its base learning rate."""
    groups = scheduler.optimizer.param_groups
    if scheduler.last_epoch > 0:
        raise ValueError(f"the scheduler has already made {scheduler.last_epoch} steps; give a new one")
    # A copy steps; it shares the parameters and their states, which no step of a scheduler changes.
    shared = {id(parameter): parameter for group in groups for parameter in group["params"]}
    shared[id(scheduler.optimizer.state)] = scheduler.optimizer.state
    own = copy.deepcopy(scheduler, shared)
    multipliers = np.empty(steps)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch misses the steps of the optimizer.
        for step in range(steps):
            multipliers[step] = own.get_last_lr()[0] / own.base_lrs[0]
            own.step()
    return multipliers
