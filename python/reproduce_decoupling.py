"""Figures 2 to 4 of the post on learning rate and weight decay, computed anew by the program.

    python reproduce_decoupling.py --out out/decoupling

The post is Fabian Schaipp's "How to jointly tune learning rate and weight decay for AdamW" (2024). The
post and its code were not available when this script was written: its statements and the contents of
its figures follow the description of the post in this project, so the figures show the same
quantities but may look different.

One tunes the learning rate alpha alone, at a fixed weight decay lambda (strategy S1) or at a fixed
product alpha lambda (strategy S2). All strategies start from the same cell: the best weight decay at
the learning rate 0.1. `lrscape show` and `lrscape slice` compute every number (docs/answers.md).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cell_axis import cell_axis
from heatmap_panels import Panel, read_panels
from lrscape_results import ResultError, ask
from plot_heatmaps import (
    STYLE,
    colour_limits,
    colour_norm,
    colour_ticks,
    draw_panel,
    mean_of_seeds_run,
    plot,
)
from reproduction import BLUE, GREEN, ORANGE, interval, sweep

START = 0.1  # The learning rate at which all strategies meet.
GRIDS = {"adamw-pt": "3.2e-4:10", "adamw-lh": "3.2e-5:1"}
POST_PRODUCT = 3.2e-3  # The post's own alpha lambda, on its problem.
WITHIN = 2  # Percent.


@dataclass
class Strategy:
    name: str
    optimizer: str
    option: str  # Of lrscape slice: what is held fixed.
    held: float
    colour: str
    slice: dict


class Experiment:
    """Both forms of AdamW with one schedule."""

    def __init__(self, out: Path, schedule: str, cells: int) -> None:
        self.schedule = schedule
        self.paths = {
            optimizer: sweep(
                out / f"{optimizer}-{schedule}.zarr",
                f"--optimizer {optimizer} --lr 1e-4:3.2:{cells} --wd {decays}:{cells} --seeds 5 "
                f"--schedule {schedule}",
            )
            for optimizer, decays in GRIDS.items()
        }
        self.answers = {name: ask("show", path)["results"][0] for name, path in self.paths.items()}
        # PT at (alpha, lambda) is LH at (alpha, alpha lambda), so one number starts all strategies.
        self.product = START * self.best_decay("adamw-pt", START)
        self.strategies = [
            self.strategy("PT, fixed λ (S1)", "adamw-pt", "--wd", self.product / START, ORANGE),
            self.strategy("PT, fixed αλ (S2)", "adamw-pt", "--product", self.product, BLUE),
            self.strategy("LH, fixed λ (S1)", "adamw-lh", "--wd", self.product, GREEN),
        ]

    def best_decay(self, optimizer: str, rate: float) -> float:
        ridge = self.answers[optimizer]["ridge"]
        if not ridge:
            raise ResultError(f"{self.paths[optimizer]}: no valley is closed")
        return min(ridge, key=lambda point: abs(np.log(point[0] / rate)))[1]

    def strategy(self, name: str, optimizer: str, option: str, held: float, colour: str) -> Strategy:
        arguments = [self.paths[optimizer], option, repr(held), "--within", f"{WITHIN}%"]
        return Strategy(name, optimizer, option, held, colour, ask("slice", *arguments)["slices"][0])


def width_text(one: dict) -> str:
    width = one["width_decades"]
    at_least = "≥ " if one["opens"] else ""
    return at_least + interval(width["value"], width["low"], width["high"])


def best_point(one: dict) -> dict:
    return min(
        (point for point in one["points"] if point["loss"] is not None),
        key=lambda point: point["loss"],
    )


def table(experiment: Experiment) -> str:
    lines = [
        f"| schedule {experiment.schedule} | best loss | at α, λ | slope | cells as good |",
        "|---|---|---|---|---|",
    ]
    for optimizer, answers in experiment.answers.items():
        best, slope, good = answers["best"], answers["slope"], answers["as_good_as_best"]
        lines.append(
            f"| {optimizer} | {best['loss']:.4f} ± {best['standard_error']:.4f} "
            f"| {best['learning_rate']:.3g}, {best['weight_decay']:.3g} "
            f"| {interval(slope['value'], slope['low'], slope['high']) if slope else ''} "
            f"| {good['cells']} |"
        )
    lines += [
        "",
        f"| strategy | held | best loss | at α | decades of α within {WITHIN} % |",
        "|---|---|---|---|---|",
    ]
    for strategy in experiment.strategies:
        best = best_point(strategy.slice)
        lines.append(
            f"| {strategy.name} | {strategy.held:.3g} "
            f"| {best['loss']:.4f} ± {best['standard_error']:.4f} | {best['learning_rate']:.3g} "
            f"| {width_text(strategy.slice)} |"
        )
    return "\n".join(lines)


def statements(experiment: Experiment) -> list[str]:
    """What the post states, with the numbers of this run."""
    pt, lh = (experiment.answers[name]["slope"] for name in GRIDS)
    narrow, wide, lh_wide = (one.slice["width_decades"]["value"] for one in experiment.strategies)
    said = []

    def slope(name: str, found: dict | None, expected: float) -> None:
        if found is None:
            said.append(f"{name}: too few closed valleys for a slope.")
            return
        holds = found["low"] <= expected <= found["high"]
        text = interval(found["value"], found["low"], found["high"])
        said.append(
            f"The best weight decay of {name} has slope {text} over the learning rate; the post's "
            f"{expected:g} is {'within' if holds else 'outside'} the interval."
        )

    slope("PT", pt, -1)
    slope("LH", lh, 0)
    said.append(
        f"For PT the valley at a fixed product is wider than that at a fixed weight decay: "
        f"{wide:.2f} and {narrow:.2f} decades within {WITHIN} % of the best."
        if wide > narrow
        else f"For PT the valley at a fixed product is not wider: {wide:.2f} and {narrow:.2f} decades."
    )
    said.append(
        f"LH at a fixed weight decay behaves as PT at a fixed product: {lh_wide:.2f} and {wide:.2f} "
        "decades. Both are the same runs up to the grid, since PT at (α, λ) is LH at (α, αλ)."
    )
    said.append(
        f"The product αλ of the valley is {experiment.product:.2g} at α = {START:g} on the default "
        f"problem; the post has {POST_PRODUCT:g} on its own."
    )
    return said


def draw_line(axes: Axes, panel: Panel, strategy: Strategy) -> None:
    """Marks the points of a strategy in the map of its optimizer."""
    x = cell_axis(panel.loss["learning_rate"].values)
    y = cell_axis(panel.loss["weight_decay"].values)
    places = [
        (x.at(point["learning_rate"]), y.at(point["weight_decay"]))
        for point in strategy.slice["points"]
    ]
    outline = {"markeredgecolor": "black", "markeredgewidth": 0.4}
    axes.plot(*zip(*places), "o", color=strategy.colour, markersize=3.5, **outline, zorder=6)


def draw_curve(axes: Axes, strategy: Strategy) -> None:
    points = [point for point in strategy.slice["points"] if point["loss"] is not None]
    rates, losses, errors = (
        np.array([point[key] for point in points], float)
        for key in ("learning_rate", "loss", "standard_error")
    )
    label = f"{strategy.name}: {width_text(strategy.slice)} decades"
    # PT at a fixed product lies below LH at a fixed weight decay: they are the same runs.
    width = 5 if strategy.option == "--product" else 1.8
    axes.plot(rates, losses, color=strategy.colour, label=label, linewidth=width)
    axes.fill_between(
        rates, losses - errors, losses + errors, color=strategy.colour, alpha=0.25, linewidth=0
    )


def draw_strategies(experiment: Experiment, file: Path) -> None:
    panels = read_panels([str(path) for path in experiment.paths.values()], None)
    limits = colour_limits([mean_of_seeds_run(panel.loss).values for panel in panels])
    with matplotlib.rc_context({**STYLE, "legend.frameon": False}):
        figure = Figure(figsize=(15, 5.4), layout="constrained")
        axes = figure.subplots(1, 3)
        for one, panel in zip(axes, panels):
            plain = Panel(panel.optimizer, panel.store, panel.loss)
            mesh = draw_panel(one, plain, colour_norm(limits))
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
        least = min(best_point(one.slice)["loss"] for one in experiment.strategies)
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
        panels = read_panels([str(path) for path in constant.paths.values()], None)
        plot(panels).savefig(options.out / "figure-2.png")
        draw_strategies(constant, options.out / "figure-3.png")
        draw_strategies(root, options.out / "figure-4.png")
        parts = []
        for experiment in (constant, root):
            parts += [table(experiment), "\n".join(f"- {one}" for one in statements(experiment))]
        text = "\n\n".join(parts) + "\n"
        (options.out / "table.md").write_text(text)
    except (ResultError, OSError) as error:
        print(f"reproduce_decoupling: {error}", file=sys.stderr)
        return 2
    print(text)
    print("the pictures:", *(options.out / f"figure-{number}.png" for number in (2, 3, 4)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
