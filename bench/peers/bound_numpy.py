"""The bound as numpy code computes it: prefix sums, one call per horizon.

Theorem 1 of Schaipp et al. (ICML 2025) in its literal form. Prefix sums make the double sum O(T):
every sum from k to T is the total minus a prefix. This way is obvious, and fast in numpy. But the
difference of two nearly equal sums keeps few digits if a schedule ends near zero.

    python bench/peers/bound_numpy.py --program build/demo/lrscape

compares the numpy bounds with the program's bounds, whose tails are sums of positive terms.
tests/bound_oracle_test.cpp checks the program's bounds against mpmath, so the differences printed
here are the errors of this file.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np


def constant(steps: int) -> np.ndarray:
    return np.ones(steps)


def sqrt(steps: int) -> np.ndarray:
    return 1 / np.sqrt(np.arange(1, steps + 1))


def linear(steps: int) -> np.ndarray:
    return 1 - np.arange(steps) / steps


def cosine(steps: int) -> np.ndarray:
    return (1 + np.cos(np.pi * np.arange(steps) / steps)) / 2


def wsd(steps: int, cooldown: float) -> np.ndarray:
    """1, then linearly down to 0, which would be reached at step T + 1, after the last step."""
    length = int(cooldown * (steps + 1))
    eta = np.ones(steps)
    eta[steps - length :] = 1 - np.arange(length) / length
    return eta


def best_bound(eta: np.ndarray, distance: float = 1.0, norm: float = 1.0) -> float:
    """The bound after all steps of `eta`, at the best base learning rate.

    Omega(gamma) = a / gamma + b gamma is least at sqrt(a / b), where it is 2 sqrt(a b).
    """
    squares = (eta * norm) ** 2
    eta_prefix, square_prefix = np.cumsum(eta), np.cumsum(squares)
    eta_total, square_total = eta_prefix[-1], square_prefix[-1]
    tail_after = eta_total - eta_prefix[:-1]  # From k + 1 to T, for k < T.
    tail = tail_after + eta[:-1]  # From k to T.
    square_tail = square_total - square_prefix[:-1] + squares[:-1]
    a = distance**2 / (2 * eta_total)
    b = square_total / (2 * eta_total)
    b += np.sum(eta[:-1] / tail_after / tail * square_tail) / 2
    return 2 * float(np.sqrt(a * b))


def anytime(eta: np.ndarray) -> np.ndarray:
    """The best bound at every horizon, with one call per horizon: O(T^2)."""
    return np.array([best_bound(eta[:horizon]) for horizon in range(1, len(eta) + 1)])


# How many digits a schedule keeps depends on how small its last tails are, and on the digits lost
# by then.
COMPARED = (
    ("constant", constant, 10_000),
    ("sqrt", sqrt, 10_000),
    ("linear", linear, 10_000),
    ("cosine", cosine, 10_000),
    ("linear", linear, 1_000_000),
)


def relative_difference(program: Path, name: str, eta: np.ndarray) -> float:
    command = [str(program), "bound", "--schedule", name, "--steps", str(len(eta)), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (row,) = json.loads(done.stdout)["rows"]
    with np.errstate(divide="ignore", invalid="ignore"):  # A tail may round to 0 or below.
        return abs(best_bound(eta) / row["omega"] - 1)


def comparison(program: Path) -> list[tuple[str, int, float]]:
    """Schedule, T and the relative difference to the program's bound."""
    return [
        (name, steps, relative_difference(program, name, schedule(steps)))
        for name, schedule, steps in COMPARED
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=Path("build/demo/lrscape"), metavar="FILE")
    options = parser.parse_args()
    for name, steps, difference in comparison(options.program):
        print(f"{name:<10} T = {steps:>9,}   relative difference {difference:.1e}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
