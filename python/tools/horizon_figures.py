"""Figures 3 to 6 of the post "Infinite Schedules and the Benefits of Lookahead", and the closed
forms of its appendix."""

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
ROOT = {"color": "#007A5E", "linestyle": "--"}
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
TWO_PANELS = (11.5, PANEL[1])
PIECEWISE = f"piecewise constant, Δt = {STAGE}"
ROOT_NAME = f"1/√t, γ best for the first {STAGE} steps"


def only_decades(axes: Axes, *which: str) -> None:
    """Makes axes logarithmic, with plain numbers at the decades and no labels between them."""
    for name in which:
        axis = axes.xaxis if name == "x" else axes.yaxis
        axes.set(**{f"{name}scale": "log"})
        axis.set_minor_formatter(NullFormatter())
        axis.set_major_formatter(StrMethodFormatter("{x:,g}"))


def greys(count: int) -> list[tuple[float, float, float]]:
    """From light to dark."""
    return [(grey, grey, grey) for grey in np.linspace(0.75, 0.35, count)]


def draw_linear_decay(figure: FigureBase, results: Results) -> None:
    """Figure 3: the learning rates on the left, the bounds on the right."""
    left, right = figure.subplots(1, 2)
    t = np.arange(1, HORIZON + 1)
    extension = results.extension
    shades = greys(len(results.linear_gamma))
    for (steps, gamma), grey in zip(results.linear_gamma.items(), shades):
        label = "linear decay, γ best for its T" if steps == HORIZON else None
        left.plot(t[:steps], gamma * (1 - np.arange(steps) / steps), color=grey, label=label)
        right.plot(t[:steps], results.linear_omega[steps], color=grey)
    left.plot(t, extension.gamma * extension.multipliers, **EXTENDED, label=PIECEWISE)
    right.plot(t, results.extended_omega, **EXTENDED, label=PIECEWISE)
    dots = {"color": "#333333", "linestyle": "none", "marker": "o", "markersize": 3}
    right.plot(extension.checkpoint, extension.omega_linear, **dots, label="linear decay at its T")
    left.set_yscale("log")
    left.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    left.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    only_decades(right, "x", "y")
    left.set(xlim=(0, HORIZON), ylim=(1e-4, 0.06), xlabel="step t", ylabel="learning rate γη")
    # Before t = 50 the bounds are several times as high, and tell nothing about the horizons.
    right.set(xlim=(50, HORIZON), ylim=(0.015, 0.6), xlabel="step t", ylabel="bound Ω after t steps")
    left.legend(loc="lower left")
    right.legend(loc="lower left")
    left.set_title("One schedule, and linear decay for ten horizons")
    right.set_title("Linear decay is lower at every checkpoint")


def draw_fits(figure: FigureBase, results: Results) -> None:
    """Figure 4: the ratio and its fits above, the residuals below, since the fits are so close."""
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


def draw_root(figure: FigureBase, results: Results) -> None:
    """Figure 5: the learning rates on the left, the bounds on the right."""
    left, right = figure.subplots(1, 2)
    only_decades(left, "x", "y")
    only_decades(right, "x", "y")
    t = np.arange(1, HORIZON + 1)
    extension = results.extension
    left.plot(t, extension.gamma * extension.multipliers, **EXTENDED, label=PIECEWISE, zorder=3)
    left.plot(t, results.root_gamma[STAGE] / np.sqrt(t), **ROOT, label=ROOT_NAME)
    right.plot(t, results.extended_omega, **EXTENDED, label=PIECEWISE, zorder=3)
    right.plot(t, results.root_omega[STAGE], **ROOT, label=ROOT_NAME)
    left.set(xlim=(1, HORIZON), ylim=(1e-3, 0.4), xlabel="step t", ylabel="learning rate γη")
    right.set(xlim=(10, HORIZON), ylim=(0.02, 1.5), xlabel="step t", ylabel="bound Ω after t steps")
    left.legend(loc="lower left")
    right.legend(loc="upper right")
    left.set_title("The piecewise schedule comes close to 1/√t")
    right.set_title("Its bound is slightly lower")


def draw_stages(figure: FigureBase, results: Results) -> None:
    """Figure 6: the learning rates for three lengths of a stage, and the ratios of the bounds."""
    left, right = figure.subplots(1, 2)
    only_decades(left, "x", "y")
    only_decades(right, "x")
    t = np.arange(1, HORIZON + 1)
    for stage, style in zip(STAGES, OF_STAGE):
        extension = results.extensions[stage]
        left.plot(t, extension.gamma * extension.multipliers, **style, label=f"Δt = {stage}")
        left.plot(t, results.root_gamma[stage] / np.sqrt(t), color=style["color"], linewidth=0.8)
        ratio = results.ratio_to_root(stage)
        label = f"Δt = {stage}: {ratio[-1]:.4f} at {HORIZON:,}"
        right.plot(extension.checkpoint, ratio, **style, label=label)
    right.axhline(1, color="#888888", linewidth=1)
    left.set(xlim=(1, HORIZON), ylim=(1e-3, 0.6), xlabel="step t", ylabel="learning rate γη")
    right.set(xlim=(STAGES[0], HORIZON), ylim=(0.9, 1.22))
    right.set(xlabel="checkpoint T", ylabel="Ω, piecewise constant over 1/√t")
    left.legend(loc="lower left", title="piecewise constant; thin: 1/√t")
    right.legend(loc="upper right")
    left.set_title("Shorter stages come closer to 1/√t")
    right.set_title("Longer stages gain more over 1/√t")


def draw_closed_forms(figure: FigureBase, results: Results) -> None:
    """The appendix: bounds of 1/sqrt(t) by other authors."""
    axes = figure.subplots()
    only_decades(axes, "x", "y")
    t = np.arange(1, HORIZON + 1)
    axes.plot(t, results.shamir_zhang, **SHAMIR_ZHANG, label="1/√t, γ = 1 (Shamir and Zhang)")
    axes.plot(t, results.orabona, **ORABONA, label="1/√t, best γ for each T (Orabona)")
    label = f"1/√t, best γ for {STAGE} (Theorem 1)"
    axes.plot(t, results.root_omega[STAGE], **ROOT, label=label)
    extension = results.extension
    axes.plot(extension.checkpoint, extension.omega, **EXTENDED, label=f"{PIECEWISE} (Theorem 1)")
    axes.set(xlim=(STAGES[0], HORIZON), ylim=(0.02, 8), xlabel="T", ylabel="bound Ω after T steps")
    axes.legend(loc="upper right")
    axes.set_title("The closed forms for 1/√t lie higher")


FIGURES = {
    "figure-3": ("Figure 3", draw_linear_decay, TWO_PANELS),
    "figure-4": ("Figure 4", draw_fits, PANEL),
    "figure-5": ("Figure 5", draw_root, TWO_PANELS),
    "figure-6": ("Figure 6", draw_stages, TWO_PANELS),
    "appendix": ("Appendix", draw_closed_forms, PANEL),
}


def draw(results: Results, folder: Path) -> list[Path]:
    """Draws a picture of each figure and one of all figures. Returns their paths."""
    paths = []

    def save(figure: Figure, name: str) -> None:
        paths.append(folder / name)
        figure.savefig(paths[-1])

    with matplotlib.rc_context(STYLE):
        for name, (_, draw_one, size) in FIGURES.items():
            figure = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
            draw_one(figure, results)
            save(figure, f"{name}.png")

        # Two panels fill a row; Figure 4 and the appendix share one.
        size = (TWO_PANELS[0], 4.2 * PANEL[1])
        everything = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
        first, second, third, fourth = everything.subfigures(4, 1, hspace=0.04)
        figure_4, appendix = second.subfigures(1, 2)
        places = (first, figure_4, third, fourth, appendix)
        for (title, draw_one, _), place in zip(FIGURES.values(), places):
            draw_one(place, results)
            place.suptitle(title, x=0.01, ha="left", fontweight="bold")
        save(everything, "figures.png")
    return paths
