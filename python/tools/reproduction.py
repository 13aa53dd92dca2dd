"""What the scripts that reproduce published experiments share."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from scipy import stats

# Okabe and Ito's colours, which every kind of colour vision can tell apart.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#007A5E", "#A3447A"


def over_seeds(
    statistic: Callable[[list[int]], float], seeds: Iterable[int]
) -> tuple[float, float, float]:
    """A number with its 95 % interval: the jackknife over seeds with Student's t.

    ``statistic(seeds)`` computes the number from the runs of these seeds.
    """
    seeds = list(seeds)
    value = statistic(seeds)
    without = np.array([statistic([s for s in seeds if s != one]) for one in seeds])
    count = len(seeds)
    error = np.sqrt((count - 1) / count * np.sum((without - without.mean()) ** 2))
    reach = stats.t.ppf(0.975, count - 1) * error
    return value, value - reach, value + reach


def interval(value: float, low: float, high: float) -> str:
    """"−0.97 [−1.08, −0.86]", without an interval if it is NaN."""
    text = f"{value:.2f}" if np.isnan(low) else f"{value:.2f} [{low:.2f}, {high:.2f}]"
    return text.replace("-", "\N{MINUS SIGN}")
