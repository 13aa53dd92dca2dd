"""Figures 3 to 6 of the horizon post."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from horizon_results import FIT_ABOVE, HORIZON, STAGE, STAGES, Results

# Okabe and Ito's colours, which every kind of colour vision can tell apart, and distinct line
# styles.
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


def only_decades(axes: Axes, *which: str) -> None:
    """Makes axes logarithmic, with plain numbers at the decades and no labels between them."""
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
    # Before t = 10 the bounds are an order of magnitude higher and show nothing about the
    # extension.
    axes.set(xlim=(10, HORIZON), ylim=(0.015, 4), xlabel="step t", ylabel="bound Ω after t steps")
    axes.legend(loc="upper right")
    axes.set_title("Extended, the bound keeps falling: below 1/√t, above linear decay")


def draw_fits(figure: FigureBase, results: Results) -> None:
    """Figure 5: the ratio and its fits above, the residuals below, since the fits are so close."""
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
    """Figure 6: the ratio on the left, other authors' bounds of 1/sqrt(t) on the right."""
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
    """Draws a picture of each figure and one of all figures. Returns their paths."""
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
