"""What the pages of ``lrscape report`` show of results.

Expected values come from numpy over the stored losses, or from the JSON of ``show``, ``slice`` and
``compare``, never from the page.
"""

import json
import re

import numpy as np
import pytest
import xarray as xr

from report_pages import (  # noqa: F401  # pylint: disable=unused-import
    answers,
    browser,
    color_at,
    folder,
    losses_of,
    lrscape,
    lrscape_utf8,
    move_to_cell,
    number_after,
    opened,
    tooltip,
)


def test_a_cell_under_the_pointer_shows_mean_and_error_of_the_stored_losses(folder, browser):
    result, losses = losses_of(folder / "map.zarr")
    with opened(browser, folder / "map.html") as page:
        panel = page.locator("article").first
        for i, j in [(0, 0), (5, 7), (12, 9), (3, 0)]:
            move_to_cell(page, panel, i, j)
            lines = tooltip(panel)
            seeds = losses[i, j]
            # A mean of four numbers differs by rounding alone.
            np.testing.assert_allclose(number_after(lines, "exactly "), seeds.mean(), rtol=1e-15)
            error = seeds.std(ddof=1) / np.sqrt(len(seeds))
            np.testing.assert_allclose(number_after(lines, "standard error "), error, rtol=1e-12)
            assert number_after(lines, "lr ") == result.learning_rate.values[i]
            assert number_after(lines, "wd ") == result.weight_decay.values[j]
            assert "mean of 4 seeds" in lines


def test_numbers_read_as_show_prints_them(folder, browser):
    """The page formats numbers in JavaScript, the program in C++."""
    best = re.search(
        r"best validation loss (\S+ ± \S+) at lr (\S+) wd (\S+),", show := lrscape_utf8(folder)
    ).groups()
    with opened(browser, folder / "map.html") as page:
        assert page.locator(".cell-view h3").inner_text() == f"Cell at lr {best[1]}, wd {best[2]}", show
        assert page.locator(".facts").inner_text().startswith(best[0])
        # Ties go to the even digit, short forms win, and zeros at the end go.
        numbers = [
            0.015625,
            0.046875,
            1e-3,
            0.01,
            12345678,
            0.1 + 0.2,
            5e-324,
            1.7976931348623157e308,
            99995,
            0,
        ]
        texts = page.evaluate("numbers => numbers.map((number) => shortNumber(number))", numbers)
    assert texts == [
        "0.01562",
        "0.04688",
        "1e-3",
        "0.01",
        "1.235e7",
        "0.3",
        "4.941e-324",
        "1.798e308",
        "1e5",
        "0",
    ]


def test_minimum_maximum_and_error_of_cells_can_be_chosen(folder, browser):
    _, losses = losses_of(folder / "map.zarr")
    with opened(browser, folder / "map.html") as page:
        panel = page.locator("article").first
        statistic = page.get_by_label("Cells show the")
        for name, expected in (("minimum", losses.min(-1)), ("maximum", losses.max(-1))):
            statistic.select_option(f"{name} over the seeds")
            move_to_cell(page, panel, 0, 0)
            move_to_cell(page, panel, 6, 4)
            shown = number_after(tooltip(panel), f"{name} over the seeds: ")
            assert np.float32(shown) == expected[6, 4]
        statistic.select_option("standard error")
        assert "standard error of the mean" in panel.locator(".key-title").inner_text()


def test_cells_have_the_colours_of_the_pictures_and_are_not_interpolated(folder, browser):
    import matplotlib  # pylint: disable=import-outside-toplevel

    _, losses = losses_of(folder / "map.zarr")
    means = losses.mean(-1)
    finite = means[np.isfinite(means)]
    low = finite.min()
    above = np.sort(finite[finite > low])
    median = above[(len(above) - 1) // 2]
    high = min(median * median / low, finite.max())
    with opened(browser, folder / "map.html") as page:
        panel = page.locator("article").first
        for i, j in [(0, 0), (6, 1), (8, 2), (12, 9)]:
            level = np.clip(np.log(means[i, j] / low) / np.log(high / low), 0, 1)
            expected = 255 * np.array(matplotlib.colormaps["viridis"](1 - level)[:3])
            # The page interpolates viridis between 17 of its colours.
            np.testing.assert_allclose(color_at(page, panel, i, j)[:3], expected, atol=6)
        colors = page.evaluate(
            """(canvas) => new Set(new Uint32Array(canvas.getContext("2d")
                 .getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size""",
            panel.locator(".plot.map canvas").element_handle(),
        )
    assert colors <= means.size


@pytest.mark.parametrize("kind", ["wd", "product"])
def test_slices_have_the_points_and_widths_of_lrscape_slice(folder, browser, kind):
    with opened(browser, folder / "map.html") as page:
        panel = page.locator("article").first
        if kind == "product":
            panel.get_by_label("S2: fixed lr × wd").check()
        slider = panel.locator(".slider input")
        slider.focus()
        for key in ("End", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft"):
            page.keyboard.press(key)
        held = page.evaluate("maps[0].slice.value")
        (found,) = answers(folder, f"slice map.zarr --{kind} {held!r} --json")["slices"]
        shown = panel.locator(".slice-view .answers").inner_text()
        assert re.search(r"best validation loss [\d.]+ ± [\d.]+ at lr", shown)
        width = re.search(r"width: (?:at least )?([\d.]+) decades", shown).group(1)
        assert float(width) == pytest.approx(found["width_decades"]["value"], abs=0.005)
        summary = page.evaluate("""() => {
                 const { data, slice } = maps[0];
                 return data.slices[slice.strategy].summaries[slice.places[slice.strategy]];
               }""")
        assert summary["width"] == [found["width_decades"][end] for end in ("value", "low", "high")]
        assert summary["ranges"] == found["ranges"]
        assert (found["ranges"][0][0], found["ranges"][-1][1]) == (found["low"], found["high"])
        curve = panel.locator(".slice-view .plot.curve")
        curve.focus()
        for point in found["points"]:
            page.keyboard.press("ArrowRight")
            lines = curve.locator(".tooltip").inner_text().splitlines()
            assert number_after(lines, "exactly ") == point["loss"]
            assert number_after(lines, "standard error ") == point["standard_error"]
            assert ("interpolated between two weight decays" in lines) == point["interpolated"]


@pytest.mark.parametrize("kind", ["S1: fixed weight decay", "S2: fixed lr × wd"])
def test_dragging_the_line_moves_the_slice(folder, browser, kind):
    with opened(browser, folder / "map.html") as page:
        panel = page.locator("article").first
        panel.get_by_label(kind).check()
        before = panel.locator(".held").inner_text()
        box = panel.locator(".plot.map canvas").bounding_box()
        line = panel.locator(".slice-line-handle").bounding_box()
        x = box["x"] + box["width"] / 2
        start = page.evaluate(
            """(x) => {
                 const { heatmap, slice } = maps[0];
                 return heatmap.y.at(slice.value / (slice.strategy === "product" ? heatmap.x.valueAt(x) : 1));
               }""",
            x - panel.locator(".plot.map").bounding_box()["x"],
        )
        assert line["height"] > 0
        page.mouse.move(x, panel.locator(".plot.map").bounding_box()["y"] + start)
        page.mouse.down()
        page.mouse.move(x, box["y"] + box["height"] * 0.75, steps=5)
        page.mouse.up()
        decay = 10 ** (-3 - 1 / 6 + (3 + 1 / 3) * 0.25)  # A quarter up the map.
        moved = page.evaluate("maps[0].slice.value")
        assert panel.locator(".held").inner_text() != before
        wanted = decay if kind.startswith("S1") else decay * 10**-1.5
        assert abs(np.log10(moved / wanted)) < 1 / 3  # The step of the map.


def test_a_click_shows_the_seeds_and_the_loss_curve(folder, browser):
    result, losses = losses_of(folder / "map.zarr")
    with opened(browser, folder / "map.html") as page:
        panel = page.locator("article").first
        move_to_cell(page, panel, 4, 6, click=True)
        shown = panel.locator(".seeds td").all_inner_texts()
        assert [np.float32(text) for text in shown] == list(losses[4, 6].astype(np.float32))
        curve = panel.locator(".cell-view .plot.curve")
        curve.focus()
        means = result.validation_loss.isel(optimizer=0).values[4, 6].mean(0)
        for mean in means:
            page.keyboard.press("ArrowRight")
            first = curve.locator(".tooltip").inner_text().splitlines()[0]
            # Two digits of the error are shown.
            assert float(first.split(" ± ")[0]) == pytest.approx(mean, abs=float(first.split(" ± ")[1]))


def test_the_keyboard_reaches_every_cell(folder, browser):
    with opened(browser, folder / "map.html") as page:
        panel = page.locator("article").first
        panel.locator(".plot.map").focus()
        for key in ("ArrowRight", "Home", "PageDown", "ArrowRight", "ArrowUp", "ArrowUp"):
            page.keyboard.press(key)
        lines = tooltip(panel)
        result, losses = losses_of(folder / "map.zarr")
        np.testing.assert_allclose(number_after(lines, "exactly "), losses[1, 2].mean(), rtol=1e-15)
        page.keyboard.press("Enter")
        rate, decay = (lambda text: re.fullmatch(r"Cell at lr (\S+), wd (\S+)", text).groups())(
            panel.locator(".cell-view h3").inner_text()
        )
        assert float(rate) == pytest.approx(result.learning_rate.values[1], rel=1e-3)
        assert float(decay) == pytest.approx(result.weight_decay.values[2], rel=1e-3)


def test_further_axes_choose_among_maps(folder, browser):
    result = xr.open_zarr(folder / "axes.zarr", chunks=None)
    with opened(browser, folder / "axes.html") as page:
        panel = page.locator("article").first
        for beta2 in ("0.99", "0.9"):
            panel.get_by_label("beta2").select_option(beta2)
            page.wait_for_timeout(100)
            panel.locator(".plot.map").focus()
            page.keyboard.press("ArrowRight")
            page.keyboard.press("Home")
            page.keyboard.press("PageDown")
            loss = result.validation_loss.sel(beta2=float(beta2)).isel(optimizer=0).values[0, 0].astype(float)
            np.testing.assert_allclose(number_after(tooltip(panel), "exactly "), loss.mean(), rtol=1e-15)


def test_a_comparison_shows_the_differences_of_lrscape_compare(folder, browser):
    (found,) = answers(folder, "compare map.zarr cosine.zarr --json")["comparisons"]
    with opened(browser, folder / "both.html") as page:
        panel = page.locator("article.comparison")
        panel.locator(".plot.map").focus()
        page.keyboard.press("ArrowRight")
        for cell in found["cells"][:25]:
            page.keyboard.press("Home")
            page.keyboard.press("PageDown")
            i = sorted({one["learning_rate"] for one in found["cells"]}).index(cell["learning_rate"])
            j = sorted({one["weight_decay"] for one in found["cells"]}).index(cell["weight_decay"])
            for key in ["ArrowRight"] * i + ["ArrowUp"] * j:
                page.keyboard.press(key)
            lines = tooltip(panel)
            assert number_after(lines, "exactly ") == cell["difference"]
            assert number_after(lines, "standard error ") == cell["standard_error"]
            verdict = {None: "no clear difference", 1: "1 is better", 2: "2 is better"}[cell["better"]]
            assert verdict in lines
        assert f"result 1 is better in {found['first_better']} cells" in panel.inner_text()


@pytest.mark.parametrize(
    "name, axis", [("bounds", "cooldown"), ("bounds", "steps T"), ("bounds", "γ"), ("anytime", "horizon t")]
)
def test_bounds_are_drawn_over_every_axis(folder, browser, name, axis):
    rows = json.loads(lrscape(folder, f"export {name}.zarr --format json"))["rows"]
    with opened(browser, folder / f"{name}.html") as page:
        panel = page.locator("article.bound")
        panel.get_by_label("over").select_option(axis)
        curve = panel.locator(".plot.curve")
        curve.focus()
        known = {row["omega_opt"] for row in rows} | {row["omega"] for row in rows}
        shown = set()
        for _ in range(8):
            page.keyboard.press("ArrowRight")
            shown.add(number_after(curve.locator(".tooltip").inner_text().splitlines(), "exactly "))
        assert shown <= known
        assert len(shown) > 1


def test_the_best_cell_has_a_star_of_five_points(folder, browser):
    with opened(browser, folder / "map.html") as page:
        outline = page.locator("article .star").first.get_attribute("d")
        assert outline.count("L") == 9 and "A" not in outline  # Ten corners, no circle.


def test_the_gap_beside_a_weight_decay_of_0_is_white_in_print(folder, browser):
    with opened(browser, folder / "axes.html") as page:
        page.emulate_media(media="print")
        assert page.evaluate("themeColor('--card')") == 0xFFFFFF
