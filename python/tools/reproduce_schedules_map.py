"""How the best weight decay of AdamW depends on the cooldown of the schedule.

    python reproduce_schedules_map.py --out out/schedules-map

Maps cooldown x learning rate x weight decay for both forms of AdamW on the default problem, and asks
whether the best weight decay follows the base learning rate alone, or its product with the mean
multiplier of the schedule. A wsd schedule is constant and falls linearly to 0 over the last part c of
all steps, so its mean multiplier is about 1 - c/2.

Let D(c) be the median over the learning rates of ln(best weight decay with cooldown c / best weight
decay of linear decay, c = 1). If the best weight decay follows the base learning rate alone, D(c) is
the same for all c; if it follows the product, D(c) falls by ln(mean multiplier). The exponent is the
slope of D(c) over ln(mean multiplier) by least squares: 0 for the former, -1 for the latter. It is of
the schedules with a cooldown, since the last iterate of a constant schedule is much noisier; the
table tells how far the constant schedule is from them.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

import lrscape
from reproduction import interval, over_seeds

COOLDOWNS = [round(0.1 * k, 1) for k in range(1, 11)]
# The name and the weight decays of each form: its valley and its surroundings.
FORMS = {"adamw-pt": ("AdamW-PT", "1e-3:10"), "adamw-lh": ("AdamW-LH", "1e-3:1")}
RATES = "1e-2:1"
SEEDS = 5
STEPS = 500  # 50 epochs of 10 steps.


@dataclass
class Schedule:
    label: str  # As the result names it.
    cooldown: float
    mean: float  # Of its multipliers.


def mean_multiplier(label: str) -> float:
    return float(lrscape.schedule(label, STEPS).mean())


def all_schedules() -> list[Schedule]:
    labels = [("constant", 0.0)]
    labels += [(f"wsd:cooldown={c:g},shape=linear", c) for c in COOLDOWNS]
    return [Schedule(label, c, mean_multiplier(label)) for label, c in labels]


class Maps:
    """The answers for one form of AdamW, for any choice of seeds."""

    def __init__(self, result: xr.Dataset) -> None:
        self.result = result.isel(optimizer=0)
        self.known: dict[tuple[int, ...], xr.DataArray] = {}

    def ridge(self, schedule: Schedule, seeds: list[int]) -> dict[float, float]:
        """The best weight decay by learning rate, over these seeds."""
        key = tuple(seeds)
        if key not in self.known:
            self.known[key] = self.result.sel(seed=seeds).lrscape.ridge().weight_decay
        found = self.known[key].sel(schedule=schedule.label).dropna("learning_rate")
        return dict(zip(found.learning_rate.values.tolist(), found.values.tolist()))

    def shift(self, schedule: Schedule, linear: Schedule, seeds: list[int]) -> float:
        """D(c)"""
        reference, ridge = self.ridge(linear, seeds), self.ridge(schedule, seeds)
        ratios = [np.log(ridge[rate] / reference[rate]) for rate in reference if rate in ridge]
        if not ratios:
            raise ValueError(f"no valley of {schedule.label} is closed")
        return float(np.median(ratios))

    def exponent(self, schedules: list[Schedule], seeds: list[int]) -> float:
        cooled = [one for one in schedules if one.cooldown > 0]
        x = np.array([np.log(one.mean) for one in cooled])
        y = np.array([self.shift(one, schedules[-1], seeds) for one in cooled])
        return float(np.polyfit(x, y, 1)[0])


def conclusion(name: str, value: float, low: float, high: float) -> str:
    alone = low <= 0 <= high
    product = low <= -1 <= high
    text = f"{name}: the exponent is {interval(value, low, high)}, so with a cooldown the best weight decay "
    if alone and product:
        return text + "may follow the base learning rate alone or its product with the mean multiplier."
    if alone:
        return text + "follows the base learning rate alone."
    if product:
        return text + "follows the product of base learning rate and mean multiplier."
    if low > 0:
        return text + "falls where the mean multiplier falls: against both hypotheses."
    where = "between both hypotheses" if low > -1 else "beyond the product"
    return text + f"rises as the mean multiplier falls, {where}."


def table(name: str, maps: Maps, schedules: list[Schedule], seeds: list[int]) -> str:
    lines = [
        f"| {name}: cooldown | mean multiplier | best loss | at lr, wd | slope | D(c) |",
        "|---|---|---|---|---|---|",
    ]
    bests, slopes = maps.result.lrscape.best(), maps.result.lrscape.slope()
    for one in schedules:
        best, slope = bests.sel(schedule=one.label), slopes.sel(schedule=one.label)
        shift = over_seeds(lambda chosen, s=one: maps.shift(s, schedules[-1], chosen), seeds)
        lines.append(
            f"| {one.cooldown:g} | {one.mean:.3f} | {best.loss:.4f} ± {best.standard_error:.4f} "
            f"| {best.learning_rate:.3g}, {best.weight_decay:.3g} "
            f"| {interval(*map(float, (slope.slope, slope.low, slope.high))) if slope.slope.notnull() else ''} "
            f"| {interval(*shift)} |"
        )
    return "\n".join(lines)


def draw(maps: dict[str, Maps], schedules: list[Schedule], seeds: list[int], file: Path) -> None:
    style = {"font.size": 10, "axes.grid": True, "grid.color": "#e3e3e3", "legend.frameon": False}
    colours = ScalarMappable(Normalize(0, 1), "viridis_r")
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(11, 4.6), layout="constrained")
        axes = figure.subplots(1, 3, width_ratios=[1, 1, 1.1])
        for panel, (optimizer, (name, _)) in zip(axes, FORMS.items()):
            for one in schedules:
                ridge = maps[optimizer].ridge(one, seeds)
                if ridge:
                    panel.loglog(*zip(*ridge.items()), color=colours.to_rgba(one.cooldown), linewidth=1.4)
            panel.set(title=name, xlabel="base learning rate α", ylabel="best weight decay λ")
        figure.colorbar(colours, ax=axes[:2], label="cooldown (0: constant)", aspect=30)
        panel = axes[2]
        x = -np.log([one.mean for one in schedules])
        for (optimizer, (name, _)), colour, mark in zip(FORMS.items(), ("#0072B2", "#D55E00"), "os"):
            shifts = np.array(
                [
                    over_seeds(
                        lambda chosen, s=one: maps[optimizer].shift(s, schedules[-1], chosen), seeds
                    )
                    for one in schedules
                ]
            )
            bars = np.abs(shifts[:, 1:] - shifts[:, :1]).T
            panel.errorbar(x, shifts[:, 0], bars, color=colour, marker=mark, label=name, capsize=2)
        panel.plot(x, np.zeros_like(x), color="#555555", linestyle=":", label="α alone")
        panel.plot(x, x - x[-1], color="#555555", linestyle="--", label="α × mean multiplier")
        panel.set(
            xlabel="−ln(mean multiplier)",
            ylabel="D: ln(best λ / best λ of linear decay)",
            title="with 95 % intervals over seeds",
        )
        panel.legend()
        figure.savefig(file, dpi=150)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/schedules-map"), metavar="FOLDER")
    parser.add_argument("--cells", type=int, default=32, metavar="N", help="values an axis [32]")
    options = parser.parse_args(arguments)
    seeds = list(range(SEEDS))
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        schedules = all_schedules()
        maps = {}
        for optimizer, (_, decays) in FORMS.items():
            cooldowns = f"{COOLDOWNS[0]}:{COOLDOWNS[-1]}:{len(COOLDOWNS)}"
            maps[optimizer] = Maps(
                lrscape.sweep(
                    optimizer=optimizer,
                    lr=f"{RATES}:{options.cells}",
                    wd=f"{decays}:{options.cells}",
                    seeds=SEEDS,
                    schedule=["constant", f"wsd:cooldown={cooldowns}"],
                    out=options.out / f"{optimizer}.zarr",
                )
            )
        parts = []
        for optimizer, (name, _) in FORMS.items():
            one = maps[optimizer]
            exponent = over_seeds(lambda chosen, m=one: m.exponent(schedules, chosen), seeds)
            parts += [table(name, one, schedules, seeds), conclusion(name, *exponent)]
        text = "\n\n".join(parts) + "\n"
        (options.out / "table.md").write_text(text)
        draw(maps, schedules, seeds, options.out / "schedules-map.png")
    except (ValueError, OSError) as error:
        print(f"reproduce_schedules_map: {error}", file=sys.stderr)
        return 2
    print(text)
    print(f"the picture: {options.out / 'schedules-map.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
