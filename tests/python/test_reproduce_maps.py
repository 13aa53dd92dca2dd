"""Tests the reproductions that train maps, on small maps."""

import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import xarray as xr

import reproduce_decoupling
import reproduce_schedules_map as schedules_map
from program import ask_program
from reproduction import interval, over_seeds

TOOLS = Path(schedules_map.__file__).parent


def run(script, *arguments):
    command = [sys.executable, str(TOOLS / script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def expect_pictures(folder, names):
    for name in names:
        picture = matplotlib.image.imread(folder / name)
        assert min(picture.shape[:2]) >= 600 and picture[..., :3].std() > 0.05


@pytest.fixture(scope="module")
def decoupling(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decoupling")
    return run("reproduce_decoupling.py", "--out", folder, "--cells", 16), folder


def test_the_decoupling_post_is_reproduced(decoupling):
    done, folder = decoupling
    assert (done.returncode, done.stderr) == (0, "")
    expect_pictures(folder, [f"figure-{number}.png" for number in (2, 3, 4)])
    table = (folder / "table.md").read_text()
    assert table in done.stdout
    # The numbers are those that the program gives.
    for optimizer in ("adamw-pt", "adamw-lh"):
        best = ask_program("show", folder / f"{optimizer}-constant.zarr")["results"][0]["best"]
        assert f"| {optimizer} | {best['loss']:.4f} ± {best['standard_error']:.4f} |" in table
    assert "the post's -1 is within the interval" in table
    # A statement repeats the widths of its table.
    for line in table.splitlines():
        if line.startswith("| PT, fixed αλ (S2)"):
            assert table.count(line.split("|")[-2].strip()) >= 3


def test_both_strategies_of_a_shear_are_the_same_runs(decoupling):
    """PT at (alpha, lambda) is LH at (alpha, alpha lambda): equal losses where no grid interferes."""
    _, folder = decoupling
    for schedule in ("constant", "sqrt-epoch"):
        paths = [folder / f"{optimizer}-{schedule}.zarr" for optimizer in ("adamw-pt", "adamw-lh")]
        point = ask_program("slice", paths[0], "--product 0.02")["slices"][0]["points"]
        other = ask_program("slice", paths[1], "--wd 0.02")["slices"][0]["points"]
        losses = {one["learning_rate"]: one["loss"] for one in point}
        pairs = [(losses[one["learning_rate"]], one["loss"]) for one in other
                 if one["learning_rate"] > 0.05 and one["learning_rate"] in losses]
        assert len(pairs) >= 4
        # Interpolated between cells a factor of two apart.
        np.testing.assert_allclose(*np.array(pairs).T, rtol=0.03)


def strategy(name, width, interval_of_width, is_cut=False, losses=(1.0, 1.0), rates=(0.1, 1.0)):
    """A slice with this width."""
    low, high = interval_of_width
    points = {"loss": list(losses), "interpolated": [True, False]}
    numbers = {"decades": width, "decades_low": low, "decades_high": high}
    found = xr.Dataset(
        {
            **{key: ("learning_rate", one) for key, one in points.items()},
            **numbers,
            "opens_low": is_cut,
            "opens_high": False,
        },
        {"learning_rate": list(rates)},
    )
    return reproduce_decoupling.Strategy(name, "adamw-pt", "wd", 1, "", found)


@pytest.mark.parametrize(
    "wide, narrow, conclusion",
    [
        ((2.6, (2.2, 3.1)), (1.3, (1.0, 1.6)), "is wider, and the intervals do not overlap"),
        ((2.6, (2.2, 3.1), True), (1.3, (1.0, 1.6)), "is wider, and the intervals do not overlap"),
        ((2.6, (2.2, 3.1)), (2.4, (1.1, 3.6)), "not clearly: the intervals overlap"),
        ((2.6, (2.2, 3.1)), (2.4, (1.1, 3.6), True), "do not show which one is wider"),
        ((2.6, (2.2, 3.1), True), (2.7, (1.1, 3.6), True), "do not show which one is wider"),
        ((2.6, (2.2, 3.1), True), (2.7, (1.1, 3.6)), "cuts the first valley, so it may be wider"),
        ((2.6, (2.2, 3.1)), (2.7, (1.1, 3.6)), "The first is not wider"),
        ((2.6, (2.2, 3.1)), (2.7, (1.1, 3.6), True), "The first is not wider"),
    ],
)
def test_a_statement_of_widths_says_no_more_than_the_numbers(wide, narrow, conclusion):
    text = reproduce_decoupling.width_statement(strategy("A", *wide), strategy("B", *narrow))
    assert conclusion in text
    assert f"A: {'≥ ' if wide[2:] else ''}2.60 [2.20, 3.10] decades" in text
    assert f"B: {'≥ ' if narrow[2:] else ''}{narrow[0]:.2f} [" in text


def test_a_statement_of_the_shear_gives_the_largest_difference():
    pt = strategy("PT", 1, (1, 1), losses=(1.0, 2.0), rates=(0.1, 1.0))
    lh = strategy("LH", 2, (1, 3), losses=(2.1, 3.0), rates=(1.0, 10.0))
    text = reproduce_decoupling.shear_statement(lh, pt)
    assert "LH: 2.00 [1.00, 3.00] decades; PT: 1.00 [1.00, 1.00]." in text
    # 2.1 and 2.0 at the only common learning rate; the point of LH is interpolated.
    assert "differ by at most 5 % at the 1 learning rates that both have; 1 of these 2 points" in text


@pytest.fixture(scope="module")
def schedules(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schedules")
    return run("reproduce_schedules_map.py", "--out", folder, "--cells", 12), folder


def test_the_map_of_schedules_is_drawn_and_concludes(schedules):
    done, folder = schedules
    assert (done.returncode, done.stderr) == (0, "")
    expect_pictures(folder, ["schedules-map.png"])
    table = (folder / "table.md").read_text()
    assert table in done.stdout
    assert table.count("the exponent is ") == 2
    rows = [line for line in table.splitlines() if line.startswith("| 0.5 ")]
    assert len(rows) == 2 and "| 0.751 |" in rows[0]


def test_the_mean_multiplier_is_that_of_the_schedule():
    # 250 of 500 steps cool down: 250.5 falls to 250 steps of 250/251 ... 1/251 after 250 of 1.
    mean = schedules_map.mean_multiplier("wsd:cooldown=0.5,shape=linear")
    assert mean == pytest.approx((250 + sum(k / 250 for k in range(1, 251))) / 500, abs=2e-3)
    assert schedules_map.mean_multiplier("constant") == 1


def test_the_exponent_is_that_of_a_known_shift():
    """The best weight decay of each schedule divided by its mean multiplier has exponent -1."""
    schedules = [
        schedules_map.Schedule("constant", 0, 1.0),
        schedules_map.Schedule("a", 0.3, 0.85),
        schedules_map.Schedule("b", 0.5, 0.75),
        schedules_map.Schedule("c", 1, 0.5),
    ]

    rates, decays, seeds = np.array([0.1, 1, 10]), 10.0 ** np.arange(-4, 5), [0, 1]
    log = np.log(decays)
    best = [[np.log(1 / rate / one.mean) for rate in rates] for one in schedules]
    losses = 1 + (log - np.array(best)[..., np.newaxis]) ** 2  # A parabola in log weight decay.
    result = xr.Dataset(
        {"validation_loss": (
            ("optimizer", "schedule", "learning_rate", "weight_decay", "seed"),
            np.repeat(losses[np.newaxis, ..., np.newaxis], 2, axis=-1),
        )},
        {"optimizer": ["x"], "schedule": [one.label for one in schedules], "learning_rate": rates,
         "weight_decay": decays, "seed": seeds},
    )  # fmt: skip
    maps = schedules_map.Maps(result)
    assert maps.exponent(schedules, seeds) == pytest.approx(-1, abs=1e-9)  # A fit of parabolas.
    assert "follows the product" in schedules_map.conclusion("X", -1, -1.1, -0.9)
    assert "alone." in schedules_map.conclusion("X", 0.01, -0.1, 0.1)
    assert "may follow" in schedules_map.conclusion("X", -0.5, -1.1, 0.1)
    assert "between both" in schedules_map.conclusion("X", -0.5, -0.6, -0.4)


def test_an_interval_over_seeds_is_that_of_a_mean():
    numbers = [1.0, 2.0, 3.0, 4.0, 10.0]
    value, low, high = over_seeds(lambda seeds: np.mean([numbers[s] for s in seeds]), range(5))
    # The classical interval of a mean: 2.776445 standard errors, sqrt(12.5 / 5).
    reach = 2.7764451051977987 * np.sqrt(12.5 / 5)
    assert (value, low, high) == pytest.approx((4, 4 - reach, 4 + reach))
    assert interval(-0.5, -1, 0) == "−0.50 [−1.00, 0.00]"
    assert interval(1, np.nan, np.nan) == "1.00"
