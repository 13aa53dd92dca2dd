"""Figures 3 to 6, the numbers and the statements of a post about horizons, computed anew.

    python reproduce_horizon.py --program build/demo/lrscape --out out/horizon

The post is Fabian Schaipp, "Infinite Schedules and the Benefits of Lookahead" (2025),
https://fabian-sp.github.io/posts/2025/09/horizon/. The program computes every number by evaluating
the theorem, with D = G = 1. The post counts checkpoints T = 1 + k dt, this script T = k dt.

Exits with code 1 if a computed number does not agree with the given one to the digits given, or if
a statement of the post does not hold.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import numpy as np

from horizon_figures import draw
from horizon_results import FIT_ABOVE, HORIZON, STAGE, STAGES, Extension, Program
from horizon_results import ReproductionError, Results, compute

NOTE = f"""D = G = 1. *Given* is the number that an independent calculation gave; *computed* is the one of
`lrscape`. *Agrees*: to the last digit given, rounded or cut off. Omega is the last iterate's bound
(Theorem 1 of Schaipp et al., ICML 2025). 1/sqrt(t) has the base learning rate that is best for it
over the first stage; linear decay has its own best one for each horizon. The fits are of the ratio to
linear decay at the checkpoints above T = {FIT_ABOVE}."""


@dataclass
class Statement:
    """A statement of the post, with the numbers that support or refute it."""

    text: str
    numbers: str
    holds: bool


@dataclass
class Number:
    """A number to reproduce. `given` is text because its number of digits matters."""

    name: str
    given: str
    computed: float

    @property
    def agrees(self) -> str:
        given, computed = Decimal(self.given), Decimal(self.computed)
        if not computed.is_finite():
            return "NO"
        last_digit = Decimal((0, (1,), given.as_tuple().exponent))
        if computed.quantize(last_digit) == given:
            return "yes"
        return "yes, cut off" if computed.quantize(last_digit, ROUND_DOWN) == given else "NO"

    def row(self) -> str:
        mantissa, *power = self.given.split("e")
        digits = len(mantissa.partition(".")[2]) + 3
        computed = f"{self.computed:.{digits}{'e' if power else 'f'}}"
        difference = f"{self.computed - float(self.given):+.1e}"
        return f"| {self.name} | {self.given} | {computed} | {difference} | {self.agrees} |"


def numbers(results: Results) -> list[Number]:
    extension = results.extension
    power, logarithm = (fit["mean_absolute_deviation"] for fit in extension.fits)
    found = [Number("gamma", "0.040234", extension.gamma)]
    factors = ("1.00000000", "0.48999612", "0.34644912", "0.27724421")
    for index, given in enumerate(factors):
        found.append(Number(f"factor of stage {index + 1}", given, extension.factor[index]))
    last = len(extension.factor)
    found += [
        Number(f"factor of stage {last}, the last", "0.0387207", extension.factor[-1]),
        Number("Omega over linear decay's at 10,000", "1.40699", extension.ratio_to_linear[-1]),
        Number("mean absolute deviation of a + b T^c", "6.3e-4", power),
        Number("mean absolute deviation of a + b ln(T)^c", "1.9e-3", logarithm),
    ]
    for stage, given in zip(STAGES, ("0.9425", "0.9356", "0.9173")):
        name = f"Omega over that of 1/sqrt(t) at 10,000, stages of {stage}"
        found.append(Number(name, given, results.ratio_to_root(stage)[-1]))
    return found


def last_power(extension: Extension) -> float:
    """The least-squares power of t with which the learning rate falls over the last decade."""
    middle = extension.checkpoint - extension.stage / 2
    last = middle > HORIZON / 10
    return float(np.polyfit(np.log(middle[last]), np.log(extension.factor[last]), 1)[0])


def statements(results: Results) -> list[Statement]:
    extension = results.extension
    linear = extension.ratio_to_linear
    power, logarithm = (fit["mean_absolute_deviation"] for fit in extension.fits)
    root = results.ratio_to_root(STAGE)
    # The last checkpoint at which 1/sqrt(t) is not worse. The first stages of both differ most.
    last_above = extension.checkpoint[root >= 1][-1]
    powers = {stage: last_power(results.extensions[stage]) for stage in STAGES}
    gains = {stage: 1 - results.ratio_to_root(stage)[-1] for stage in STAGES}
    return [
        Statement(
            "The piecewise constant schedule is worse than linear decay at every checkpoint.",
            f"Its bound is {linear.min():.3f} to {linear.max():.3f} times as high.",
            bool(linear.min() > 1),
        ),
        Statement(
            "A power law of T fits this ratio slightly better than one of ln(T).",
            f"The mean absolute deviations are {power:.1e} and {logarithm:.1e}.",
            power < logarithm,
        ),
        Statement(
            "The piecewise constant schedule has a slightly lower bound than 1/sqrt(t).",
            f"It is {100 * gains[STAGE]:.1f} % lower at {HORIZON:,}, and lower after T = {last_above}.",
            bool(0 < gains[STAGE] < 0.1),
        ),
        Statement(
            "It approaches the shape of 1/sqrt(t), the closer the shorter the stages.",
            f"From step {HORIZON // 10:,} to {HORIZON:,}, the learning rate falls like "
            + ", ".join(f"t^{power:.2f} with {stage}" for stage, power in powers.items())
            + " steps a stage.",
            abs(powers[20] + 0.5) < 0.1 and powers[20] > powers[100] > powers[500],
        ),
        Statement(
            "Shorter stages have a smaller advantage over 1/sqrt(t), still 5 % with 20 steps.",
            f"At {HORIZON:,}: "
            + ", ".join(f"{100 * gain:.1f} % with {stage}" for stage, gain in gains.items())
            + " steps.",
            gains[20] >= 0.05 and gains[20] < gains[100] < gains[500],
        ),
    ]


def table(found: list[Number], said: list[Statement]) -> str:
    lines = ["| number | given | computed | difference | agrees |", "|---|---|---|---|---|"]
    lines += [*(number.row() for number in found), "", NOTE, "", "Statements of the post:", ""]
    lines += [f"- {one.text} {'Yes' if one.holds else 'NO'}: {one.numbers}" for one in said]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=Path("build/demo/lrscape"), metavar="FILE")
    parser.add_argument("--out", type=Path, default=Path("out/horizon"), metavar="FOLDER")
    options = parser.parse_args(arguments)
    try:
        results = compute(Program(options.program))
        found, said = numbers(results), statements(results)
        try:
            options.out.mkdir(parents=True, exist_ok=True)
            pictures = draw(results, options.out)
            (options.out / "table.md").write_text(table(found, said))
        except OSError as error:
            raise ReproductionError(f"{options.out}: cannot be written ({error})") from error
    except ReproductionError as error:
        print(f"reproduce_horizon: {error}", file=sys.stderr)
        return 2
    print(table(found, said))
    print("the pictures:", *pictures)
    wrong = [number.name for number in found if number.agrees == "NO"]
    wrong += [statement.text for statement in said if not statement.holds]
    if wrong:
        print(f"reproduce_horizon: not as given: {'; '.join(wrong)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
