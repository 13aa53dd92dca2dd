"""Heatmaps of the final validation loss over learning rate and weight decay."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from lrscape.cell_axis import CellAxis, cell_axis, hatched, set_log_axis
from lrscape.panels import Panel, panels_of, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
    from matplotlib.ticker import Formatter

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
DIVERGED: dict[str, Any] = {"facecolor": "#d9d9d9", "edgecolor": "#9a9a9a", "hatch": "/////"}
STYLE: dict[Any, Any] = {"font.size": 9.5, "axes.labelsize": 10.5, "legend.fontsize": 8.5, "hatch.linewidth": 0.8}
DOTS_PER_INCH = 200
RIDGE: dict[str, Any] = {"color": "white", "linewidth": 1.1, "zorder": 3}
FIT: dict[str, Any] = {"color": "#ff3b3b", "linewidth": 1.5, "linestyle": (0, (3, 2)), "zorder": 4}


MOST_COLUMNS = 4


def colour_limits(means: list[np.ndarray[Any, Any]]) -> tuple[float, float] | None:
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
    from matplotlib.colors import LogNorm, Normalize

    if limits is None:
        return LogNorm(1, 10)
    lowest, highest = limits
    if lowest <= 0:
        return Normalize(lowest, highest if highest > lowest else lowest + 1)
    return LogNorm(lowest, max(highest, 1.01 * lowest))


def colour_ticks(lowest: float, highest: float) -> tuple[list[float], Formatter]:
    """Round numbers within the scale.

    Powers of ten above three decades, 1, 2, 5 per decade above one, and even steps below.
    """
    from matplotlib import ticker

    locator: ticker.Locator
    formatter: ticker.Formatter
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


def seeds_text(losses: np.ndarray[Any, Any]) -> str:
    """"mean of 1 to 2 of 3 seeds" for an unfinished result, else nothing."""
    seeds = losses.shape[2]
    run = np.count_nonzero(~np.isnan(losses), axis=2)
    least, most = run[run > 0].min(initial=seeds), run.max()
    if least == seeds or most == 0:
        return ""
    return f"mean of {f'{least} to ' if least < most else ''}{most} of {seeds} seeds"


def draw_panel(axes: Axes, panel: Panel, colours: Normalize, answers: bool = True) -> QuadMesh:
    """Draws one map with its legend and, unless `answers` is False, its best cell, ridge and slope.

    The title is left to the caller.
    """
    from matplotlib.patches import Patch
    from matplotlib.transforms import offset_copy

    mean = panel.means.T
    x, y = cell_axis(panel.rates), cell_axis(panel.decays)
    cells = mean[np.ix_(y.source, x.source)]
    cells[y.source == -1, :] = np.nan
    cells[:, x.source == -1] = np.nan

    coloured = np.ma.masked_invalid(cells)
    mesh = axes.pcolormesh(x.edges, y.edges, coloured, norm=colours, cmap=COLOURS, rasterized=True)
    legend: dict[str, Any] = {}
    if answers and (best := panel.map.best()):
        rate, decay = best["learning_rate"], best["weight_decay"]
        star: dict[str, Any] = {"color": "white", "markeredgecolor": "black", "markersize": 13, "linestyle": "none"}
        label = f"best {with_error(best)}\nat α = {rate:.2g}, λ = {decay:.2g}"
        (legend[label],) = axes.plot(x.at(rate), y.at(decay), "*", **star, zorder=5, clip_on=False)
        legend |= draw_ridge(axes, panel, x, y)
    any_seed = " (any seed)" if panel.losses.shape[2] > 1 else ""
    diverged = np.isposinf(cells)
    if diverged.any():
        axes.add_patch(hatched(x.edges, y.edges, diverged, **DIVERGED, linewidth=0, zorder=2))
        legend[f"diverged{any_seed}"] = Patch(**DIVERGED)
    if np.isnan(mean).any():
        legend["not run"] = Patch(facecolor="white", edgecolor="black", linewidth=0.6)
    if text := seeds_text(panel.losses):
        legend[text] = Patch(facecolor="none", edgecolor="none")

    set_log_axis(axes, "x", x)
    set_log_axis(axes, "y", y)
    axes.set_xlabel("learning rate α")
    below = offset_copy(axes.transAxes, axes.get_figure(root=True), y=-37, units="points")  # The axis label.
    axes.legend(
        legend.values(), legend.keys(), loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=below,
        frameon=False, borderaxespad=0,
    )
    return mesh


def with_error(best: dict[str, Any]) -> str:
    """"0.3969 ± 0.0020": two digits of the error, as `lrscape show` writes them."""
    loss, error = best["loss"], best["standard_error"]
    if not error or math.isnan(error):
        return f"{loss:#.4g}"
    decimals = 1 - math.floor(math.log10(error))
    return f"{loss:.{max(decimals, 0)}f} ± {error:.{max(decimals, 0)}f}"


def draw_ridge(axes: Axes, panel: Panel, x: CellAxis, y: CellAxis) -> dict[str, Any]:
    """Draws the best weight decay for each learning rate, and a straight line of their slope.

    Returns the legend's entries, none if the ridge has fewer than two points.
    """
    from matplotlib import patheffects

    ridge = panel.map.ridge()
    points = list(zip(ridge["learning_rate"], ridge["weight_decay"]))
    if len(points) < 2:
        return {}
    outline = [patheffects.Stroke(linewidth=2.2, foreground="black"), patheffects.Normal()]
    positions = np.array([[x.at(rate), y.at(decay)] for rate, decay in points]).T
    line = axes.plot(*positions, **RIDGE, path_effects=outline)[0]
    label = "best λ for each α"
    slope = panel.map.slope()
    if slope is None:
        return {label: line}
    ends = positions[0, [0, -1]]
    # The line that leaves as many points above as below.
    offset = np.median(positions[1] - slope["slope"] * positions[0])
    fit = axes.plot(ends, offset + slope["slope"] * ends, **FIT)[0]
    low, high = slope["lowest_learning_rate"], slope["highest_learning_rate"]
    return {label: line, f"{slope_text(slope)}\nfor α from {low:.2g} to {high:.2g}": fit}


def slope_text(slope: dict[str, Any]) -> str:
    """"slope −0.97 [−1.08, −0.86]", without an interval if there is none."""

    def two_decimals(value: float) -> str:
        # Adding 0 turns a rounded -0 into 0.
        return f"{round(value, 2) + 0:.2f}".replace("-", "\N{MINUS SIGN}")

    text = f"slope {two_decimals(slope['slope'])}"
    if math.isnan(slope["low"]):
        return text
    return f"{text} [{two_decimals(slope['low'])}, {two_decimals(slope['high'])}]"


def panel_titles(panels: list[Panel]) -> list[str]:
    """The optimizers' names, with the result's name if an optimizer appears twice."""
    names = [(panel.optimizer, panel.settings) for panel in panels]
    titles = []
    for panel, name in zip(panels, names):
        title = human_name(panel.optimizer)
        title += f" ({printable(panel.result)})" if names.count(name) > 1 else ""
        titles.append("\n".join([title, *map(printable, panel.settings.splitlines())]))
    return titles


def draw(figure: Figure, panels: list[Panel], title: str | None = None) -> list[Axes]:
    """Draws all panels into an empty figure, on one colour scale. Returns their axes."""
    import matplotlib

    columns = min(len(panels), MOST_COLUMNS)
    rows = -(-len(panels) // columns)
    with matplotlib.rc_context(STYLE):
        figure.set_size_inches(max(5.2, 4.0 * columns), 4.85 * rows + (0.3 if title else 0))
        figure.set_layout_engine("constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        all_axes = list(grid.ravel())
        for axes in all_axes[len(panels) :]:
            axes.set_visible(False)
        limits = colour_limits([panel.means for panel in panels])
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
            bar = figure.colorbar(mesh, ax=all_axes, extend="max", pad=0.015, aspect=28)
            bar.set_label("validation loss (bright is best)")
            ticks, formatter = colour_ticks(*limits_of(colours))
            bar.set_ticks(ticks)
            bar.ax.yaxis.set_major_formatter(formatter)
            bar.ax.minorticks_off()
        if title:
            figure.suptitle(title, fontsize=13, parse_math=False)
    return all_axes[: len(panels)]


def limits_of(colours: Normalize) -> tuple[float, float]:
    assert colours.vmin is not None and colours.vmax is not None
    return float(colours.vmin), float(colours.vmax)


def plot(
    *results: xr.Dataset, names: list[str] | None = None, title: str | None = None, figure: Any = None
) -> np.ndarray[Any, Any]:
    """Draws the heatmaps of one or several results of sweeps on one colour scale.

    One panel shows the mean validation loss of one optimizer, and of each value of further axes, over
    learning rate and weight decay, with the best cell, the best weight decay for each learning rate
    and its slope. Of an unfinished result, a cell shows the mean over the seeds that have run.

    Parameters
    ----------
    *results
        Datasets of `lrscape.sweep`, or parts of them.
    names
        A name for each result, for the titles of panels that would otherwise be equal.
    title
        Above all panels.
    figure
        The figure of matplotlib to draw into, which should be empty; the default is a new one of
        pyplot.

    Returns
    -------
    numpy.ndarray
        The axes of matplotlib, one for each panel.

    Raises
    ------
    ValueError
        If a dataset is no result of a sweep, or no run is done.

    Examples
    --------
    >>> import lrscape, matplotlib
    >>> matplotlib.use("agg")
    >>> grid = dict(lr="1e-3:1:4", wd="1e-2:1:4", epochs=2)
    >>> axes = lrscape.plot(lrscape.sweep(**grid), lrscape.sweep(optimizer="adamw-lh", **grid))
    >>> [one.get_title() for one in axes]
    ['AdamW-PT', 'AdamW-LH']
    """
    if not results:
        raise ValueError("no result given to plot")
    names = [str(k + 1) for k in range(len(results))] if names is None else names
    panels = [panel for result, name in zip(results, names, strict=True) for panel in panels_of(result, name)]
    if figure is not None and not hasattr(figure, "add_subplot"):
        raise ValueError(f"figure must be a figure of matplotlib, not {figure!r}")
    if figure is None:
        from matplotlib import pyplot

        figure = pyplot.figure()
    axes = draw(figure, panels, title)
    array = np.empty(len(axes), dtype=object)
    array[:] = axes
    return array
