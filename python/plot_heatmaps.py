"""Heatmaps of the final validation loss over learning rate and weight decay.

    python plot_heatmaps.py pt.zarr lh.zarr --out heatmaps.png

One panel for each optimizer of each result and each value of its further axes, such as beta2, on one
colour scale, whose bright end is the best loss. Of an unfinished result, a cell shows the mean over
the seeds that have run.
"""

from __future__ import annotations

import argparse
import math
import sys

import matplotlib
import numpy as np
import xarray as xr
from matplotlib import patheffects, ticker
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.transforms import offset_copy

from cell_axis import CellAxis, cell_axis, hatched, set_log_axis
from heatmap_panels import Panel, printable, read_panels
from lrscape_results import ResultError, one_line

# Display name, and the step on the weights (alpha_t: learning rate times schedule, eta_t: the
# schedule alone, lambda: weight decay, u: the optimizer's direction).
OPTIMIZERS = {
    "adamw-pt": (
        "AdamW-PT",
        r"(1 - \lambda\alpha_t)\,w - \alpha_t\,\hat m / (\sqrt{\hat v} + \epsilon)",
    ),
    "adamw-lh": (
        "AdamW-LH",
        r"(1 - \lambda\eta_t)\,w - \alpha_t\,\hat m / (\sqrt{\hat v} + \epsilon)",
    ),
    "adam-l2": (
        "Adam + L2",
        r"w - \alpha_t\,\hat m / (\sqrt{\hat v} + \epsilon),\;\; g \leftarrow g + \lambda w",
    ),
    "adam-prox": (
        "AdamProx",
        r"(w - \alpha_t\,\hat m / (\sqrt{\hat v} + \epsilon)) / (1 + \lambda\alpha_t)",
    ),
    "sgd": ("SGD", r"w - \alpha_t\,u(g + \lambda w)"),
    "sgdw": ("SGDW", r"(1 - \lambda\alpha_t)\,w - \alpha_t\,u(g)"),
}

COLOURS = "viridis_r"  # Reversed: the valley is the bright part, as in `lrscape show`.
DIVERGED = {"facecolor": "#d9d9d9", "edgecolor": "#9a9a9a", "hatch": "/////"}
STYLE = {"font.size": 9.5, "axes.labelsize": 10.5, "legend.fontsize": 8.5, "hatch.linewidth": 0.8}
DOTS_PER_INCH = 200
OUTLINE = [patheffects.Stroke(linewidth=2.2, foreground="black"), patheffects.Normal()]
RIDGE = {"color": "white", "linewidth": 1.1, "path_effects": OUTLINE, "zorder": 3}
FIT = {"color": "#ff3b3b", "linewidth": 1.5, "linestyle": (0, (3, 2)), "zorder": 4}


MOST_COLUMNS = 4


def colour_limits(means: list[np.ndarray]) -> tuple[float, float] | None:
    """The best finite loss of all maps, and an upper end that keeps the contrast in the valley.

    The median of the finite losses above the best lies in the middle of the (logarithmic) scale.
    The scale never goes beyond the worst finite loss. That loss alone must not set the scale, since
    losses close to divergence can be many orders of magnitude higher. Returns None if no loss is
    finite. color_scale() in src/report/color_scale.cpp follows the same rule.
    """
    pooled = np.concatenate([mean.ravel() for mean in means])
    pooled = np.sort(pooled[np.isfinite(pooled)])
    if pooled.size == 0:
        return None
    lowest, worst = float(pooled[0]), float(pooled[-1])
    above = pooled[pooled > lowest]
    if above.size == 0:
        return lowest, lowest
    middle = float(above[(above.size - 1) // 2])
    with np.errstate(over="ignore"):
        highest = middle * (middle / lowest) if lowest > 0 else middle + (middle - lowest)
    return lowest, min(highest, worst)


def colour_norm(limits: tuple[float, float] | None) -> Normalize:
    """Logarithmic if every finite loss is positive. A scale of one loss is widened a little."""
    if limits is None:
        return LogNorm(1, 10)
    lowest, highest = limits
    if lowest <= 0:
        return Normalize(lowest, highest if highest > lowest else lowest + 1)
    return LogNorm(lowest, max(highest, 1.01 * lowest))


def colour_ticks(lowest: float, highest: float) -> tuple[list[float], ticker.Formatter]:
    """Round numbers within the scale.

    Powers of ten above three decades, 1, 2, 5 per decade above one, and even steps below.
    """
    if highest > 10 * lowest > 0:
        parts = (1,) if highest / 1000 > lowest else (1, 2, 5)
        locator, formatter = ticker.LogLocator(subs=parts), ticker.StrMethodFormatter("{x:g}")
    else:
        locator = ticker.MaxNLocator(7, steps=[1, 2, 5, 10])
        formatter = ticker.ScalarFormatter(useOffset=False)
    with np.errstate(over="ignore"):  # The locator also tries a power of ten beyond the scale.
        ticks = [tick for tick in locator.tick_values(lowest, highest) if lowest <= tick <= highest]
    return ticks, formatter


def human_name(optimizer: str) -> str:
    return OPTIMIZERS[optimizer][0] if optimizer in OPTIMIZERS else printable(optimizer)


def mean_of_seeds_run(loss: xr.DataArray) -> xr.DataArray:
    """The mean over the seeds that have run, as `lrscape show` draws it.

    +inf where any seed diverged, NaN where none has run.
    """
    with np.errstate(over="ignore"):
        return loss.astype(np.float64).mean("seed", skipna=True).compute()


def seeds_text(loss: xr.DataArray) -> str:
    """"mean of 1 to 2 of 3 seeds" for an unfinished result, else nothing."""
    seeds = loss.sizes["seed"]
    run = loss.notnull().sum("seed").values
    least, most = run[run > 0].min(initial=seeds), run.max()
    if least == seeds or most == 0:
        return ""
    return f"mean of {f'{least} to ' if least < most else ''}{most} of {seeds} seeds"


def draw_panel(axes: Axes, panel: Panel, colours: Normalize) -> QuadMesh:
    """Draws one map with its marks and its legend; the title is left to the caller."""
    mean = mean_of_seeds_run(panel.loss).transpose("weight_decay", "learning_rate")
    x = cell_axis(mean["learning_rate"].values)
    y = cell_axis(mean["weight_decay"].values)
    cells = mean.values[np.ix_(y.source, x.source)]
    cells[y.source == -1, :] = np.nan
    cells[:, x.source == -1] = np.nan

    coloured = np.ma.masked_invalid(cells)
    mesh = axes.pcolormesh(x.edges, y.edges, coloured, norm=colours, cmap=COLOURS, rasterized=True)
    legend = {}
    if best := panel.answers.get("best"):
        rate, decay = best["learning_rate"], best["weight_decay"]
        star = {"color": "white", "markeredgecolor": "black", "markersize": 13, "linestyle": "none"}
        label = f"best {with_error(best)}\nat α = {rate:.2g}, λ = {decay:.2g}"
        (legend[label],) = axes.plot(x.at(rate), y.at(decay), "*", **star, zorder=5, clip_on=False)
        legend |= draw_ridge(axes, panel.answers, x, y)
    any_seed = " (any seed)" if panel.loss.sizes["seed"] > 1 else ""
    diverged = np.isposinf(cells)
    if diverged.any():
        axes.add_patch(hatched(x.edges, y.edges, diverged, **DIVERGED, linewidth=0, zorder=2))
        legend[f"diverged{any_seed}"] = Patch(**DIVERGED)
    if mean.isnull().any():
        legend["not run"] = Patch(facecolor="white", edgecolor="black", linewidth=0.6)
    if text := seeds_text(panel.loss):
        legend[text] = Patch(facecolor="none", edgecolor="none")

    set_log_axis(axes, "x", x)
    set_log_axis(axes, "y", y)
    axes.set_xlabel("learning rate α")
    below = offset_copy(axes.transAxes, axes.figure, y=-37, units="points")  # The axis label.
    place = {"loc": "upper left", "bbox_to_anchor": (0, 0), "bbox_transform": below}
    axes.legend(legend.values(), legend.keys(), **place, frameon=False, borderaxespad=0)
    return mesh


def with_error(best: dict) -> str:
    """"0.3969 ± 0.0020": two digits of the error, as `lrscape show` writes them."""
    loss, error = best["loss"], best["standard_error"]
    if not error:
        return f"{loss:#.4g}"
    decimals = 1 - math.floor(math.log10(error))
    return f"{loss:.{max(decimals, 0)}f} ± {error:.{max(decimals, 0)}f}"


def draw_ridge(axes: Axes, answers: dict, x: CellAxis, y: CellAxis) -> dict[str, object]:
    """Draws the best weight decay for each learning rate, and a straight line of their slope.

    Returns the legend's entries, none if the ridge has fewer than two points.
    """
    if len(answers["ridge"]) < 2:
        return {}
    positions = np.array([[x.at(rate), y.at(decay)] for rate, decay in answers["ridge"]]).T
    line = axes.plot(*positions, **RIDGE)[0]
    label = "best λ for each α"
    slope = answers["slope"]
    if slope is None:
        return {label: line}
    ends = positions[0, [0, -1]]
    # The line that leaves as many points above as below.
    offset = np.median(positions[1] - slope["value"] * positions[0])
    fit = axes.plot(ends, offset + slope["value"] * ends, **FIT)[0]
    low, high = slope["learning_rate"]
    return {label: line, f"{slope_text(slope)}\nfor α from {low:.2g} to {high:.2g}": fit}


def slope_text(slope: dict) -> str:
    """"slope −0.97 [−1.08, −0.86]", without an interval if there is none."""

    def two_decimals(value: float) -> str:
        # Adding 0 turns a rounded -0 into 0.
        return f"{round(value, 2) + 0:.2f}".replace("-", "\N{MINUS SIGN}")

    text = f"slope {two_decimals(slope['value'])}"
    if slope["low"] is None:
        return text
    return f"{text} [{two_decimals(slope['low'])}, {two_decimals(slope['high'])}]"


def panel_titles(panels: list[Panel]) -> list[str]:
    """The optimizers' names, with the result's name if an optimizer appears twice."""
    names = [(panel.optimizer, panel.settings) for panel in panels]
    titles = []
    for panel, name in zip(panels, names):
        title = human_name(panel.optimizer)
        title += f" ({printable(panel.store)})" if names.count(name) > 1 else ""
        titles.append("\n".join([title, *map(printable, panel.settings.splitlines())]))
    return titles


def plot(panels: list[Panel], title: str | None = None) -> Figure:
    """The figure with all panels."""
    columns = min(len(panels), MOST_COLUMNS)
    rows = -(-len(panels) // columns)
    with matplotlib.rc_context(STYLE):
        figure = Figure(
            figsize=(max(5.2, 4.0 * columns), 4.85 * rows + (0.3 if title else 0)),
            dpi=DOTS_PER_INCH,
            layout="constrained",
        )
        grid = figure.subplots(rows, columns, squeeze=False)
        all_axes = grid.ravel()
        for axes in all_axes[len(panels) :]:
            axes.set_visible(False)
        limits = colour_limits([mean_of_seeds_run(panel.loss).values for panel in panels])
        colours = colour_norm(limits)
        for axes, panel, name in zip(all_axes, panels, panel_titles(panels)):
            mesh = draw_panel(axes, panel, colours)
            size, pad = (10, 6) if panel.settings else (12, 22)
            axes.set_title(name, fontsize=size, fontweight="bold", pad=pad, parse_math=False)
            if panel.optimizer in OPTIMIZERS and not panel.settings:
                step = rf"$w \leftarrow {OPTIMIZERS[panel.optimizer][1]}$"
                axes.text(0.5, 1.025, step, transform=axes.transAxes, ha="center", fontsize=9)
        for axes in grid[:, 0]:
            axes.set_ylabel("weight decay λ")
        if limits:
            bar = figure.colorbar(mesh, ax=list(all_axes), extend="max", pad=0.015, aspect=28)
            bar.set_label("validation loss (bright is best)")
            ticks, formatter = colour_ticks(colours.vmin, colours.vmax)
            bar.set_ticks(ticks)
            bar.ax.yaxis.set_major_formatter(formatter)
            bar.ax.minorticks_off()
        if title:
            figure.suptitle(title, fontsize=13, parse_math=False)
    return figure


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", metavar="PATH", help="result of `lrscape sweep`")
    parser.add_argument("--out", required=True, metavar="FILE", help="picture (png, svg, pdf)")
    parser.add_argument(
        "--optimizer", metavar="NAME", help="only this one, of those in the results"
    )
    parser.add_argument(
        "--at",
        metavar="AXIS=VALUE,...",
        default="",
        help="only the maps with these values, such as beta2=0.99 (default: all of them)",
    )
    parser.add_argument("--title", help="above all panels")
    options = parser.parse_args(arguments)
    try:
        panels = read_panels(options.paths, options.optimizer, options.at)
        figure = plot(panels, options.title)
        try:
            figure.savefig(options.out)
        except (OSError, ValueError) as error:
            raise ResultError(f"{options.out}: cannot be written ({one_line(error)})") from error
    except ResultError as error:
        print(f"plot_heatmaps: {printable(str(error))}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
