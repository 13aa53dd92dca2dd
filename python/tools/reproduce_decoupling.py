"""Figures 2 to 4 of the post on learning rate and weight decay, computed anew by the program.

    python reproduce_decoupling.py --out out/decoupling

The post is Fabian Schaipp's "How to jointly tune learning rate and weight decay for AdamW" (2024). The
post and its code were not available when this script was written: its statements and the contents of
its figures follow the description of the post in this project, so the figures show the same
quantities but may look different.

One tunes the learning rate alpha alone, at a fixed weight decay lambda (strategy S1) or at a fixed
product alpha lambda (strategy S2). All strategies start from the same cell: the best weight decay at
the learning rate 0.1. The library computes every number (docs/answers.md).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import lrscape
from lrscape.cell_axis import cell_axis
from lrscape.heatmap import DOTS_PER_INCH, STYLE, colour_limits, colour_norm, colour_ticks, draw_panel
from lrscape.panels import Panel, panels_of
from reproduction import BLUE, GREEN, ORANGE, interval

START = 0.1  # The learning rate at which all strategies meet.
GRIDS = {"adamw-pt": "3.2e-4:10", "adamw-lh": "3.2e-5:1"}
POST_PRODUCT = 3.2e-3  # The post's own alpha lambda, on its problem.
WITHIN = 2  # Percent.


@dataclass
class Strategy:
    name: str
    optimizer: str
    holds: str  # "wd" or "product"
    held: float
    colour: str
    slice: xr.Dataset  # along learning_rate

    @property
    def points(self) -> xr.Dataset:
        """The points of the slice that have a loss."""
        return self.slice.isel(learning_rate=np.isfinite(self.slice.loss.values))

    @property
    def best(self) -> xr.Dataset:
        return self.points.isel(learning_rate=int(self.points.loss.values.argmin()))

    @property
    def width(self) -> float:
        return float(self.slice.decades)

    @property
    def is_cut(self) -> bool:
        """Whether the slice ends before the loss rises, so that the width is a lower bound."""
        return bool(self.slice.opens_low or self.slice.opens_high)

    @property
    def decades(self) -> str:
        return ("≥ " if self.is_cut else "") + interval(
            *(float(self.slice[name]) for name in ("decades", "decades_low", "decades_high"))
        )


class Experiment:
    """Both forms of AdamW with one schedule."""

    def __init__(self, out: Path, schedule: str, cells: int) -> None:
        self.schedule = schedule
        self.results = {
            optimizer: lrscape.sweep(
                optimizer=optimizer,
                lr=f"1e-4:3.2:{cells}",
                wd=f"{decays}:{cells}",
                seeds=5,
                schedule=schedule,
                out=out / f"{optimizer}-{schedule}.zarr",
            )
            for optimizer, decays in GRIDS.items()
        }
        self.best = {name: one.lrscape.best().isel(optimizer=0) for name, one in self.results.items()}
        self.slope = {name: one.lrscape.slope().isel(optimizer=0) for name, one in self.results.items()}
        # PT at (alpha, lambda) is LH at (alpha, alpha lambda), so one number starts all strategies.
        self.product = START * self.best_decay("adamw-pt", START)
        self.strategies = [
            self.strategy("PT, fixed λ (S1)", "adamw-pt", "wd", self.product / START, ORANGE),
            self.strategy("PT, fixed αλ (S2)", "adamw-pt", "product", self.product, BLUE),
            self.strategy("LH, fixed λ (S1)", "adamw-lh", "wd", self.product, GREEN),
        ]

    def best_decay(self, optimizer: str, rate: float) -> float:
        ridge = self.results[optimizer].lrscape.ridge().weight_decay.isel(optimizer=0).dropna("learning_rate")
        if ridge.size == 0:
            raise ValueError(f"{optimizer}: no valley is closed")
        return float(ridge[int(np.abs(np.log(ridge.learning_rate.values / rate)).argmin())])

    def strategy(self, name: str, optimizer: str, holds: str, held: float, colour: str) -> Strategy:
        found = self.results[optimizer].lrscape.slice(**{holds: held}, within=WITHIN / 100)
        return Strategy(name, optimizer, holds, held, colour, found.isel(optimizer=0))

    def panels(self) -> list[Panel]:
        return [panel for one in self.results.values() for panel in panels_of(one)]


def slope_text(slope: xr.Dataset) -> str:
    return interval(float(slope.slope), float(slope.low), float(slope.high))


def table(experiment: Experiment) -> str:
    lines = [
        f"| schedule {experiment.schedule} | best loss | at α, λ | slope | cells as good |",
        "|---|---|---|---|---|",
    ]
    for optimizer, best in experiment.best.items():
        slope = experiment.slope[optimizer]
        lines.append(
            f"| {optimizer} | {best.loss:.4f} ± {best.standard_error:.4f} "
            f"| {best.learning_rate:.3g}, {best.weight_decay:.3g} "
            f"| {slope_text(slope) if slope.slope.notnull() else ''} | {best.cells_as_good:.0f} |"
        )
    lines += [
        "",
        f"| strategy | held | best loss | at α | decades of α within {WITHIN} % |",
        "|---|---|---|---|---|",
    ]
    for strategy in experiment.strategies:
        best = strategy.best
        lines.append(
            f"| {strategy.name} | {strategy.held:.3g} "
            f"| {best.loss:.4f} ± {best.standard_error:.4f} | {best.learning_rate:.3g} "
            f"| {strategy.decades} |"
        )
    return "\n".join(lines)


def slope_statement(name: str, found: xr.Dataset, expected: float) -> str:
    if found.slope.isnull():
        return f"{name}: too few closed valleys for a slope."
    said = f"The best weight decay of {name} has slope {slope_text(found)} over the learning rate; "
    if found.low.isnull():
        return f"{said}without an interval, it cannot be compared with the post's {expected:g}."
    place = "within" if found.low <= expected <= found.high else "outside"
    return f"{said}the post's {expected:g} is {place} the interval."


def width_statement(wide: Strategy, narrow: Strategy) -> str:
    """Whether the first valley is wider. A width that the map cuts is a lower bound."""
    said = (
        f"{wide.name}: {wide.decades} decades within {WITHIN} % of the best; {narrow.name}: {narrow.decades}. "
    )
    if narrow.is_cut and (wide.is_cut or wide.width > narrow.width):
        return said + "The map cuts the second valley, so these numbers do not show which one is wider."
    if wide.width <= narrow.width:
        cut = wide.is_cut and not narrow.is_cut
        return said + ("The map cuts the first valley, so it may be wider." if cut else "The first is not wider.")
    if wide.slice.decades_low > narrow.slice.decades_high:
        return said + "The first valley is wider, and the intervals do not overlap."
    return said + "The first valley is wider on average over the seeds, but not clearly: the intervals overlap."


def shear_statement(lh: Strategy, pt: Strategy) -> str:
    """PT at (alpha, lambda) is LH at (alpha, alpha lambda): how far both slices agree."""
    said = f"{lh.name}: {lh.decades} decades; {pt.name}: {pt.decades}. "
    rates = np.intersect1d(lh.points.learning_rate, pt.points.learning_rate)
    if rates.size == 0:
        return said + "The slices have no learning rate in common."
    first, second = (one.points.loss.sel(learning_rate=rates).values for one in (lh, pt))
    difference = 100 * np.abs(first / second - 1).max()
    between = int(sum(one.points.interpolated.sel(learning_rate=rates).sum() for one in (lh, pt)))
    return (
        f"{said}PT at (α, λ) is LH at (α, αλ). The losses of both slices differ by at most {difference:.2g} % at "
        f"the {rates.size} learning rates that both have; {between} of these {2 * rates.size} points are "
        "interpolated."
    )


def statements(experiment: Experiment) -> list[str]:
    """The statements of the post, as far as the numbers of this run show them."""
    narrow, wide, lh_wide = experiment.strategies
    return [
        slope_statement("PT", experiment.slope["adamw-pt"], -1),
        slope_statement("LH", experiment.slope["adamw-lh"], 0),
        width_statement(wide, narrow),
        shear_statement(lh_wide, wide),
        f"The product αλ of the valley is {experiment.product:.2g} at α = {START:g} on the default "
        f"problem; the post has {POST_PRODUCT:g} on its own.",
    ]


def draw_line(axes: Axes, panel: Panel, strategy: Strategy) -> None:
    """Marks the points of a strategy in the map of its optimizer."""
    x, y = cell_axis(panel.rates), cell_axis(panel.decays)
    line = strategy.slice.weight_decay.dropna("learning_rate")
    places = [(x.at(rate), y.at(decay)) for rate, decay in zip(line.learning_rate.values, line.values)]
    outline = {"markeredgecolor": "black", "markeredgewidth": 0.4}
    axes.plot(*zip(*places), "o", color=strategy.colour, markersize=3.5, **outline, zorder=6)


def draw_curve(axes: Axes, strategy: Strategy) -> None:
    names = ("learning_rate", "loss", "standard_error")
    rates, losses, errors = (strategy.points[name].values for name in names)
    label = f"{strategy.name}: {strategy.decades} decades"
    # PT at a fixed product lies below LH at a fixed weight decay: they are the same runs.
    width = 5 if strategy.holds == "product" else 1.8
    axes.plot(rates, losses, color=strategy.colour, label=label, linewidth=width)
    axes.fill_between(
        rates, losses - errors, losses + errors, color=strategy.colour, alpha=0.25, linewidth=0
    )


def draw_strategies(experiment: Experiment, file: Path) -> None:
    panels = experiment.panels()
    limits = colour_limits([panel.means for panel in panels])
    with matplotlib.rc_context({**STYLE, "legend.frameon": False}):
        figure = Figure(figsize=(15, 5.4), layout="constrained")
        axes = figure.subplots(1, 3)
        for one, panel in zip(axes, panels):
            mesh = draw_panel(one, panel, colour_norm(limits), answers=False)
            one.set(title=panel.optimizer, ylabel="weight decay λ")
            for strategy in experiment.strategies:
                if strategy.optimizer == panel.optimizer:
                    draw_line(one, panel, strategy)
        bar = figure.colorbar(mesh, ax=axes[:2], extend="max")
        bar.set_label("validation loss (bright is best)")
        ticks, formatter = colour_ticks(*limits)
        bar.set_ticks(ticks)
        bar.ax.yaxis.set_major_formatter(formatter)
        bar.ax.minorticks_off()
        for strategy in experiment.strategies:
            draw_curve(axes[2], strategy)
        least = min(float(one.best.loss) for one in experiment.strategies)
        axes[2].set(
            xscale="log",
            ylim=(0.985 * least, 1.2 * least),
            xlabel="learning rate α",
            ylabel="validation loss, mean and standard error",
            title=f"within {WITHIN} % of the best, with 95 % intervals",
        )
        axes[2].legend(loc="upper center")
        axes[2].grid(color="#e3e3e3")
        figure.suptitle(f"Tuning strategies, schedule {experiment.schedule}")
        figure.savefig(file, dpi=130)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/decoupling"), metavar="FOLDER")
    parser.add_argument("--cells", type=int, default=48, metavar="N", help="values an axis [48]")
    options = parser.parse_args(arguments)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        constant = Experiment(options.out, "constant", options.cells)
        root = Experiment(options.out, "sqrt-epoch", options.cells)
        figure = Figure(dpi=DOTS_PER_INCH)
        lrscape.plot(*constant.results.values(), figure=figure)
        figure.savefig(options.out / "figure-2.png")
        draw_strategies(constant, options.out / "figure-3.png")
        draw_strategies(root, options.out / "figure-4.png")
        parts = []
        for experiment in (constant, root):
            parts += [table(experiment), "\n".join(f"- {one}" for one in statements(experiment))]
        text = "\n\n".join(parts) + "\n"
        (options.out / "table.md").write_text(text)
    except (ValueError, OSError) as error:
        print(f"reproduce_decoupling: {error}", file=sys.stderr)
        return 2
    print(text)
    print("the pictures:", *(options.out / f"figure-{number}.png" for number in (2, 3, 4)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
