"""Figures 3 to 6 and the numbers of the horizon post, computed anew by the program.

    python reproduce_horizon.py --program build/demo/lrscape --out out/horizon

The horizon post is Fabian Schaipp's on training beyond a schedule's horizon. The post and its code
were not at hand when this was written: what its figures show, and the numbers to compare with,
follow the description in this project. So the figures show the same quantities, and may look
another way than the post's. Every computed number is the theorem's, as the program evaluates it.
D = G = 1.

Ends with exit code 1 if a computed number is not the given one to the digits given.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import NullFormatter, StrMethodFormatter

HORIZON = 10_000
STAGE = 100
STAGES = (20, STAGE, 500)  # Of Figure 6.
FIT_ABOVE = 500

# Okabe and Ito's colours, which stay apart for every kind of colour vision; so do the line styles.
EXTENDED = {"color": "#0072B2", "linestyle": "-"}
ROOT = {"color": "#D55E00", "linestyle": "--"}
LINEAR = {"color": "#007A5E", "linestyle": "-."}
CONSTANT = {"color": "#555555", "linestyle": ":"}
POWER_FIT = {"color": "#D55E00", "linestyle": "-"}
LOGARITHM_FIT = {"color": "#000000", "linestyle": "--"}
OF_STAGE = (
    {"color": "#56B4E9", "linestyle": "-."},
    EXTENDED,
    {"color": "#A3447A", "linestyle": "--"},
)
ORABONA = {"color": "#A3447A", "linestyle": "-."}
SHAMIR_ZHANG = {"color": "#000000", "linestyle": ":"}
STYLE = {
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.grid": True,
    "grid.color": "#e3e3e3",
    "lines.linewidth": 1.8,
    "legend.frameon": False,
}
DOTS_PER_INCH = 150
PANEL = (7.2, 5.0)

NOTE = f"""D = G = 1. *Given* follows the description of the post in this project, and so do the
figures; *computed* is what `lrscape` says now. *Agrees*: to the last digit given, rounded or cut off.
Omega is the last iterate's bound (Theorem 1 of Schaipp et al., ICML 2025). 1/sqrt(t) is taken at the
base learning rate that is best for it over the first stage; linear decay at its own best one for
each horizon. The fits are of the ratio to linear decay at the checkpoints above T = {FIT_ABOVE}."""


class ReproductionError(Exception):
    """One line for the user."""


@dataclass
class Number:
    """A number to be reproduced; `given` is text because its digits count."""

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


@dataclass
class Extension:
    """A schedule extended stage by stage, one entry a stage; a checkpoint is the end of a stage."""

    stage: int
    gamma: float
    factor: np.ndarray
    checkpoint: np.ndarray
    omega: np.ndarray
    omega_linear: np.ndarray
    fits: list[dict]

    @property
    def multipliers(self) -> np.ndarray:
        """eta_t for t = 1 .. T"""
        return np.repeat(self.factor, self.stage)

    @property
    def ratio_to_linear(self) -> np.ndarray:
        return self.omega / self.omega_linear


@dataclass
class Program:
    path: Path

    def run(self, *arguments: object) -> dict:
        command = [str(self.path), *map(str, arguments), "--json"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise ReproductionError(f"{self.path}: cannot be run ({error.strerror})") from error
        if done.returncode != 0:
            message = done.stderr.strip() or f"ended with {done.returncode}"
            raise ReproductionError(f"{' '.join(command)}: {message}")
        return json.loads(done.stdout)

    def extend(self, stage: int) -> Extension:
        options = ["--stage", stage, "--stages", HORIZON // stage, "--fit-above", FIT_ABOVE]
        result = self.run("extend", *options)
        names = ("factor", "end", "omega", "omega_linear")
        columns = (np.array([entry[name] for entry in result["stages"]]) for name in names)
        return Extension(stage, result["gamma"], *columns, result["fits"])

    def best_gamma(self, schedule: str, steps: int) -> float:
        (row,) = self.run("bound", "--schedule", schedule, "--steps", steps)["rows"]
        return row["gamma_opt"]

    def anytime(self, schedule: str, *options: object) -> np.ndarray:
        """The bound after t steps, entry t - 1, for t up to HORIZON; without --gamma, the best."""
        options = ["--schedule", schedule, "--steps", HORIZON, "--anytime", *options]
        rows = self.run("bound", *options)["rows"]
        # None stands for an infinite bound.
        return np.array([np.inf if row["omega"] is None else row["omega"] for row in rows])


@dataclass
class Results:
    extensions: dict[int, Extension]  # By the length of a stage.
    root_gamma: dict[int, float]  # The best for 1/sqrt(t) over the first stage.
    root_omega: dict[int, np.ndarray]  # Anytime, at that gamma.
    extended_omega: np.ndarray  # Anytime, of the extension with STAGE steps a stage.
    constant_omega: np.ndarray
    linear_gamma: dict[int, float]  # By horizon.
    orabona: np.ndarray
    shamir_zhang: np.ndarray

    @property
    def extension(self) -> Extension:
        return self.extensions[STAGE]

    def ratio_to_root(self, stage: int) -> np.ndarray:
        extension = self.extensions[stage]
        return extension.omega / self.root_omega[stage][extension.checkpoint - 1]


def compute(program: Program) -> Results:
    extensions = {stage: program.extend(stage) for stage in STAGES}
    root_gamma = {stage: program.best_gamma("sqrt", stage) for stage in STAGES}
    extension = extensions[STAGE]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "multipliers.npy"
        np.save(file, extension.multipliers)
        extended_omega = program.anytime(f"custom:{file}", "--gamma", extension.gamma)
    return Results(
        extensions,
        root_gamma,
        {s: program.anytime("sqrt", "--gamma", root_gamma[s]) for s in STAGES},
        extended_omega,
        program.anytime("constant", "--gamma", extension.gamma),
        {steps: program.best_gamma("linear", steps) for steps in (1_000, HORIZON)},
        program.anytime("sqrt", "--formula", "orabona"),
        program.anytime("sqrt", "--formula", "shamir-zhang"),
    )


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


# Figures


def only_decades(axes: Axes, *which: str) -> None:
    """A logarithmic axis with whole numbers where the range allows it, none between decades."""
    for name in which:
        axis = axes.xaxis if name == "x" else axes.yaxis
        axes.set(**{f"{name}scale": "log"})
        axis.set_minor_formatter(NullFormatter())
        axis.set_major_formatter(StrMethodFormatter("{x:,g}"))


def draw_learning_rates(figure: FigureBase, results: Results) -> None:
    """Figure 3"""
    axes = figure.subplots()
    only_decades(axes, "x", "y")
    t = np.arange(1, HORIZON + 1)
    extension = results.extension
    label = f"piecewise constant, a stage every {STAGE} steps"
    axes.plot(t, extension.gamma * extension.multipliers, **EXTENDED, label=label, zorder=3)
    label = f"1/√t, best for the first {STAGE} steps"
    axes.plot(t, results.root_gamma[STAGE] / np.sqrt(t), **ROOT, label=label)
    for steps, gamma in results.linear_gamma.items():
        linear = gamma * (1 - np.arange(steps) / steps)
        name = "linear decay, best for T = " + " and ".join(f"{s:,}" for s in results.linear_gamma)
        label = name if steps == HORIZON else None
        axes.plot(t[:steps], linear, **LINEAR, label=label)
    axes.set(xlim=(1, HORIZON), ylim=(5e-4, 0.4), xlabel="step t", ylabel="learning rate")
    axes.legend(loc="lower left")
    axes.set_title("The extension's learning rate falls stage by stage, faster than 1/√t")


def draw_bounds(figure: FigureBase, results: Results) -> None:
    """Figure 4"""
    axes = figure.subplots()
    only_decades(axes, "x", "y")
    t = np.arange(1, HORIZON + 1)
    extension = results.extension
    label = f"constant, best for the first {STAGE} steps"
    axes.plot(t, results.constant_omega, **CONSTANT, label=label)
    label = f"1/√t, best for the first {STAGE} steps"
    axes.plot(t, results.root_omega[STAGE], **ROOT, label=label)
    label = f"piecewise constant, a stage every {STAGE} steps"
    axes.plot(t, results.extended_omega, **EXTENDED, label=label, zorder=3)
    label = "linear decay, a run of its own for each checkpoint"
    dots = {"color": LINEAR["color"], "linestyle": "none", "marker": "o", "markersize": 3.5}
    axes.plot(extension.checkpoint, extension.omega_linear, **dots, label=label)
    # Before t = 10 the bounds are an order of magnitude higher, and say nothing of the extension.
    axes.set(xlim=(10, HORIZON), ylim=(0.015, 4), xlabel="step t", ylabel="bound Ω after t steps")
    axes.legend(loc="upper right")
    axes.set_title("Extended, the bound keeps falling: below 1/√t, above linear decay")


def draw_fits(figure: FigureBase, results: Results) -> None:
    """Figure 5: above, the ratio and its fits; below, what they leave, as the fits are so close."""
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.3))
    extension = results.extension
    steps, ratio = extension.checkpoint, extension.ratio_to_linear
    dots = {"color": EXTENDED["color"], "linestyle": "none", "marker": "o", "markersize": 4}
    above.plot(steps, ratio, **dots, label="extension over linear decay")
    fitted = steps > FIT_ABOVE
    power, logarithm = extension.fits
    for fit, base, name, style in (
        (power, steps, "T", POWER_FIT),
        (logarithm, np.log(steps), r"\ln(T)", LOGARITHM_FIT),
    ):
        curve = fit["a"] + fit["b"] * base ** fit["c"]
        label = rf"${fit['a']:.4f} + {fit['b']:.4f}\,{name}^{{{fit['c']:.3g}}}$"
        above.plot(steps[fitted], curve[fitted], **style, label=label)
        left = 1e3 * (ratio - curve)[fitted]
        label = f"mean absolute value {1e3 * fit['mean_absolute_deviation']:.2f}"
        below.plot(steps[fitted], left, **style, label=label)
    only_decades(below, "x")
    above.set(ylabel="ratio of the bounds Ω")
    below.set(xlabel="checkpoint T", ylabel="ratio − fit\n(in 0.001)", xlim=(90, 1.1 * HORIZON))
    above.legend(loc="upper left", title=f"checkpoints, and fits above T = {FIT_ABOVE}")
    below.legend(loc="upper right")
    above.set_title("The ratio to linear decay grows slowly with T")


def draw_ratio_to_root(figure: FigureBase, results: Results) -> None:
    """Figure 6: left, the ratio; right, the bounds of 1/sqrt(t) that others proved."""
    left, right = figure.subplots(1, 2)
    only_decades(left, "x")
    for stage, style in zip(STAGES, OF_STAGE):
        ratio = results.ratio_to_root(stage)
        label = f"stages of {stage}: {ratio[-1]:.4f} at {HORIZON:,}"
        left.plot(results.extensions[stage].checkpoint, ratio, **style, label=label)
    left.axhline(1, color="#888888", linewidth=1)
    left.set(xlim=(STAGES[0], HORIZON), ylim=(0.9, 1.22))
    left.set(xlabel="checkpoint T", ylabel="Ω, piecewise over 1/√t")
    left.legend(loc="upper right")
    left.set_title("After a few stages, the extension beats 1/√t")

    only_decades(right, "x", "y")
    t = np.arange(1, HORIZON + 1)
    label = "1/√t, γ = 1 (Shamir and Zhang)"
    right.plot(t, results.shamir_zhang, **SHAMIR_ZHANG, label=label)
    right.plot(t, results.orabona, **ORABONA, label="1/√t, best γ for each T (Orabona)")
    label = f"1/√t, best γ for {STAGE} (Theorem 1)"
    right.plot(t, results.root_omega[STAGE], **ROOT, label=label)
    extension = results.extension
    label = f"piecewise, stages of {STAGE} (Theorem 1)"
    right.plot(extension.checkpoint, extension.omega, **EXTENDED, label=label)
    right.set(xlim=(STAGES[0], HORIZON), ylim=(0.02, 8))
    right.set(xlabel="T", ylabel="bound Ω after T steps")
    right.legend(loc="upper right")
    right.set_title("The closed forms for 1/√t lie higher")


FIGURES = {
    3: (draw_learning_rates, PANEL),
    4: (draw_bounds, PANEL),
    5: (draw_fits, PANEL),
    6: (draw_ratio_to_root, (11.5, PANEL[1])),
}


def draw(results: Results, folder: Path) -> list[Path]:
    """A picture of each figure and one of all of them; returns their paths."""
    paths = []

    def save(figure: Figure, name: str) -> None:
        paths.append(folder / name)
        figure.savefig(paths[-1])

    with matplotlib.rc_context(STYLE):
        for number, (draw_one, size) in FIGURES.items():
            figure = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
            draw_one(figure, results)
            save(figure, f"figure-{number}.png")

        size = (2.2 * PANEL[0], 2.2 * PANEL[1])
        everything = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
        upper, lower = everything.subfigures(2, 1, hspace=0.04)
        parts = [*upper.subfigures(1, 2), *lower.subfigures(1, 2, width_ratios=(0.75, 1.25))]
        for (number, (draw_one, _)), part in zip(FIGURES.items(), parts):
            draw_one(part, results)
            part.suptitle(f"Figure {number}", x=0.01, ha="left", fontweight="bold")
        save(everything, "figures.png")
    return paths


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
