"""Figures 3 to 6 and the numbers of the horizon post, computed anew by the program.

    python reproduce_horizon.py --program build/demo/lrscape --out out/horizon

The horizon post is Fabian Schaipp's post on training beyond a schedule's horizon. The post and its
code were not available when this script was written. The contents of the figures and the numbers to
compare with follow the description in this project. So the figures show the same quantities but may
look different. The program computes every number by evaluating the theorem, with D = G = 1.

Exits with code 1 if a computed number does not agree with the given one to the digits given.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

from horizon_figures import draw
from horizon_results import FIT_ABOVE, STAGES, Program, ReproductionError, Results, compute

NOTE = f"""D = G = 1. *Given* follows the description of the post in this project, and so do the
figures; *computed* is what `lrscape` says now. *Agrees*: to the last digit given, rounded or cut off.
Omega is the last iterate's bound (Theorem 1 of Schaipp et al., ICML 2025). 1/sqrt(t) is taken at the
base learning rate that is best for it over the first stage; linear decay at its own best one for
each horizon. The fits are of the ratio to linear decay at the checkpoints above T = {FIT_ABOVE}."""


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


def table(found: list[Number]) -> str:
    lines = ["| number | given | computed | difference | agrees |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *(number.row() for number in found), "", NOTE]) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=Path("build/demo/lrscape"), metavar="FILE")
    parser.add_argument("--out", type=Path, default=Path("out/horizon"), metavar="FOLDER")
    options = parser.parse_args(arguments)
    try:
        results = compute(Program(options.program))
        found = numbers(results)
        try:
            options.out.mkdir(parents=True, exist_ok=True)
            pictures = draw(results, options.out)
            (options.out / "table.md").write_text(table(found))
        except OSError as error:
            raise ReproductionError(f"{options.out}: cannot be written ({error})") from error
    except ReproductionError as error:
        print(f"reproduce_horizon: {error}", file=sys.stderr)
        return 2
    print(table(found))
    print("the pictures:", *pictures)
    wrong = [number.name for number in found if number.agrees == "NO"]
    if wrong:
        print(f"reproduce_horizon: not as given: {'; '.join(wrong)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
