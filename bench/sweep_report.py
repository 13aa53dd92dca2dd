"""The table and the picture of a comparison of sweeps."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from contenders import Available, Kind, Measured
from reporting import duration, load_warning, significant, today

COLORS = ("#0072B2", "#009E73", "#D55E00", "#CC79A7")
MARKERS = ("o", "s", "^", "D")


@dataclass
class Comparison:
    """The setting of a comparison and its results."""

    device: str  # As text.
    gpu: bool
    version: str  # Of the program.
    work: str  # As text.
    steps: int  # Per run.
    repeats: int
    titles: dict[str, str]  # Of the optimizers.
    core_counts: list[int]
    found: Available
    load: float  # At the start.
    clocks: str = ""  # As the device reports them.
    results: dict[tuple[str, int, str], Measured] = field(default_factory=dict)

    def kinds(self, optimizer: str) -> list[Kind]:
        return [kind for kind in self.found.kinds if optimizer in kind.optimizers]

    def at(self, optimizer: str, cores: int, kind: Kind) -> Measured:
        return self.results[optimizer, cores, kind.key]

    def where(self, cores: int) -> str:
        return "GPU" if self.gpu else "one core" if cores == 1 else f"{cores} cores"


def spread(values: list[float], write: Callable[[float], str] = significant) -> str:
    """The median with the smallest and the largest value."""
    return f"{write(statistics.median(values))} [{write(min(values))}, {write(max(values))}]"


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def head(cells: list[str]) -> list[str]:
    return [row(cells), "|" + "---|" * len(cells)]


def rate_table(of: Comparison, optimizer: str) -> list[str]:
    """Runs per second, time per run-step, and the ratio of the program's rate to this rate."""
    columns = [""]
    for cores in of.core_counts:
        columns += [f"{of.where(cores)}: runs/s", "ns per run-step", "lrscape's rate over it"]
    lines = head(columns)
    ours = of.found.kinds[0]
    for kind in of.kinds(optimizer):
        gram = of.at(optimizer, of.core_counts[0], kind).space == "gram"
        cells = [f"{kind.name}, in Gram space" if gram else kind.name]
        for cores in of.core_counts:
            measured = of.at(optimizer, cores, kind)
            if measured.failure:
                cells += ["failed", "", ""]
                continue
            ratio = of.at(optimizer, cores, ours).rate / measured.rate
            cells += [spread(measured.rates), significant(1e9 / measured.rate / of.steps)]
            cells.append("" if kind is ours else f"{significant(ratio)} times")
        lines.append(row(cells))
    return lines


def optional(value: float | None, write: Callable[[float], str] = duration) -> str:
    return "" if value is None else write(value)


def details(of: Comparison) -> list[str]:
    columns = ["", "optimizer", "on", "runs per repeat", "chunk", "s per repeat", "compile", "load"]
    lines = head([*columns, "loss", *(["MHz"] if of.gpu else [])])
    for kind in of.found.kinds:
        for optimizer, title in of.titles.items():
            if kind not in of.kinds(optimizer):
                continue
            for cores in of.core_counts:
                measured = of.at(optimizer, cores, kind)
                cells = [kind.name, title.split()[0], of.where(cores)]
                if measured.failure:
                    lines.append(row([*cells, f"failed: {measured.failure}"]))
                    continue
                cells += [f"{measured.runs:,}", optional(measured.chunk, "{:,}".format)]
                cells.append(significant(statistics.median(measured.seconds)))
                cells += [optional(measured.compile_seconds), optional(measured.load_seconds)]
                cells.append("" if kind is of.found.kinds[0] else f"{measured.difference:.0e}")
                if of.gpu:
                    cells.append(
                        spread(measured.clocks, "{:.0f}".format) if measured.clocks else ""
                    )
                lines.append(row(cells))
    return lines


def report(of: Comparison, picture: str) -> str:
    versions = dict.fromkeys(
        f"{name} {number}" for found in of.found.versions.values() for name, number in found.items()
    )
    system = f"{platform.system()} {platform.release()}"
    lines = [
        f"# Sweeps on {of.device}",
        "",
        "; ".join([of.version, *([", ".join(versions)] if versions else []), system, today()])
        + ".",
        f"{of.work}. Median [min, max] of {of.repeats} interleaved repeats;"
        f" load at the start {of.load:.2f}.{load_warning(of.load)} {of.clocks}".rstrip(),
    ]
    for optimizer, title in of.titles.items():
        lines += ["", f"## {title}", "", *rate_table(of, optimizer)]
    if of.found.missing:
        lines += ["", "Not measured:", ""]
        lines += [f"- {name}: {reason}" for name, reason in of.found.missing.items()]
    lines += ["", "## How", "", *details(of), ""]
    lines += [
        "`compile` happens once per chunk size; `load` creates the peer and copies the data to its"
        " device. Neither is part of the rate. `loss` is the largest relative difference of a final"
        " validation loss from lrscape's. bench/README.md explains what the measurements cover and"
        " what they do not.",
    ]
    if picture:
        lines += ["", f"![Runs per second]({picture})"]
    return "\n".join(lines) + "\n"


def draw(of: Comparison, path: Path) -> bool:
    """Draws the picture. Returns False if matplotlib is missing."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        return False
    kinds, counts = of.found.kinds, of.core_counts
    with matplotlib.rc_context({"font.size": 10, "legend.frameon": False}):
        size = (9.6, 1.6 + 0.27 * len(kinds) * max(2, len(counts)))
        figure = Figure(figsize=size, dpi=150, layout="constrained")
        panels = figure.subplots(1, len(of.titles), sharey=True, squeeze=False)[0]
        for axes, (optimizer, title) in zip(panels, of.titles.items()):
            for index, cores in enumerate(counts):
                draw_points(axes, of, optimizer, index, cores)
            axes.set_xscale("log")
            axes.margins(x=0.3)
            axes.set(title=title, xlabel="runs per second")
            axes.grid(axis="x", color="#e3e3e3")
            axes.grid(axis="y", color="#f0f0f0")
            axes.set_axisbelow(True)
        panels[0].set_yticks(range(len(kinds)), [kind.name for kind in kinds])
        panels[0].invert_yaxis()
        if len(counts) > 1:
            panels[-1].legend(loc="lower right")
        figure.suptitle(of.device, fontsize=10)
        figure.savefig(path)
    return True


def draw_points(axes, of: Comparison, optimizer: str, index: int, cores: int) -> None:
    """Draws the medians for one number of cores, with their spread. Points, since a logarithmic
    axis has no zero for bars to start from."""
    shift = 0.5 * ((index + 0.5) / len(of.core_counts) - 0.5)
    there = [
        (place + shift, of.at(optimizer, cores, kind))
        for place, kind in enumerate(of.found.kinds)
        if kind in of.kinds(optimizer) and not of.at(optimizer, cores, kind).failure
    ]
    places = [place for place, _ in there]
    rates = [measured.rate for _, measured in there]
    below = [measured.rate - min(measured.rates) for _, measured in there]
    above = [max(measured.rates) - measured.rate for _, measured in there]
    style = {"color": COLORS[index % len(COLORS)], "marker": MARKERS[index % len(MARKERS)]}
    axes.errorbar(
        rates, places, xerr=(below, above), linestyle="", markersize=5, capsize=3,
        label=of.where(cores), **style)  # fmt: skip
    for place, measured in there:
        end = max(measured.rates)
        axes.annotate(
            significant(measured.rate), (end, place), (6, 0), textcoords="offset points",
            va="center", fontsize=8)  # fmt: skip


def raw(of: Comparison) -> dict[str, object]:
    """All measured numbers."""
    rows = [
        {"kind": key, "optimizer": optimizer, "cores": cores, **vars(measured)}
        for (optimizer, cores, key), measured in of.results.items()
    ]
    return {
        "device": of.device,
        "date": today(),
        "program": of.version,
        "versions": of.found.versions,
        "work": of.work,
        "load": of.load,
        "rows": rows,
    }
