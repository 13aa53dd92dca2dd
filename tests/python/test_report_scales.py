"""The colour scales of a report's maps, and where their marks stand."""

import numpy as np
import pytest

from made_results import DECAYS, RATES, valley, write_store
from report_pages import (  # noqa: F401  # pylint: disable=unused-import
    answers,
    browser,
    color_at,
    lrscape,
    opened,
    tooltip,
)

BRIGHT, DARK = (253, 231, 37), (68, 1, 84)  # The ends of viridis.


def brightness(color):
    return sum(color[:3])


@pytest.fixture(scope="module")
def page_of_three(tmp_path_factory):
    """Two similar maps, and one whose losses are a hundred times as high."""
    folder = tmp_path_factory.mktemp("scales")
    maps = {"adamw-pt": valley(-1, -2, seeds=3), "adamw-lh": 1.1 * valley(0, 0, seeds=3)}
    maps["sgd"] = 100 * valley(-1, -2, seeds=3)
    write_store(folder / "map.zarr", maps)
    lrscape(folder, "report map.zarr --out map.html")
    return folder / "map.html"


def test_every_map_shows_its_valley_by_default(page_of_three, browser):
    with opened(browser, page_of_three) as page:
        for k in range(3):
            panel = page.locator("article").nth(k)
            best = page.evaluate(f"maps[{k}].bestCell()")
            assert brightness(color_at(page, panel, *best)) > 0.8 * brightness(BRIGHT)
            worst = page.evaluate(f"d3.maxIndex([...maps[{k}].data.mean])")
            assert brightness(color_at(page, panel, *divmod(worst, len(DECAYS)))) < 1.5 * brightness(DARK)
        keys = page.locator("article .color-key").all_inner_texts()
        assert ["common to 2 maps" in key for key in keys] == [True, True, False]
        assert "of this map alone" in keys[2]


def test_one_scale_for_all_maps_and_one_for_each_can_be_chosen(page_of_three, browser):
    with opened(browser, page_of_three) as page:
        control = page.get_by_label("Colour scale")
        best = [page.evaluate(f"maps[{k}].bestCell()") for k in range(3)]

        def colors():
            return [tuple(color_at(page, page.locator("article").nth(k), *best[k])[:3]) for k in range(3)]

        control.select_option("one for all maps")
        together = colors()
        assert together[0] == BRIGHT and brightness(together[2]) < 0.6 * brightness(BRIGHT)
        control.select_option("one for each map")
        assert colors() == [BRIGHT] * 3
        # Another statistic keeps the choice.
        page.get_by_label("Cells show the").select_option("maximum over the seeds")
        assert colors() == [BRIGHT] * 3


def test_a_page_of_one_map_has_no_choice_of_scales(tmp_path, browser):
    write_store(tmp_path / "map.zarr", {"sgd": valley(-1, -2, seeds=2)})
    lrscape(tmp_path, "report map.zarr --out map.html")
    with opened(browser, tmp_path / "map.html") as page:
        assert page.get_by_label("Colour scale").count() == 0
        assert "map alone" not in page.locator("article .color-key").inner_text()


def test_a_slice_is_cut_at_the_scale_of_its_own_map(page_of_three, browser):
    with opened(browser, page_of_three) as page:
        for k in range(3):
            top = page.evaluate(f"maps[{k}].slice.curve.figure.y.domain[1]")
            means = np.array(page.evaluate(f"[...maps[{k}].data.mean]"))
            above = np.sort(means[means > means.min()])
            high = above[(len(above) - 1) // 2] ** 2 / means.min()
            assert top < 1.3 * high  # There is some room above it.


def test_marks_stand_at_true_values_on_irregular_axes(tmp_path, browser):
    rates, decays = np.array([1e-6, 1e-5, 0.1, 1]), np.array([1e-4, 1, 3, 1000.0])
    distance = np.add.outer(np.log10(rates / 0.1) ** 2, np.log10(decays) ** 2)
    write_store(tmp_path / "map.zarr", {"sgd": (1 + distance)[..., None] * [1, 1.1]}, rates, decays)
    lrscape(tmp_path, "report map.zarr --out map.html")
    with opened(browser, tmp_path / "map.html") as page:
        ticks = page.evaluate("""() => {
             const {heatmap} = maps[0], place = (axis, value) => axis.place(Math.log10(value));
             return {x: place(heatmap.x, 0.1), y: place(heatmap.y, 1)}; }""")
        star = page.locator(".star").get_attribute("transform")
        np.testing.assert_allclose(
            [float(one) for one in star.removeprefix("translate(")[:-1].split(",")], [ticks["x"], ticks["y"]]
        )
        line = page.locator(".slice-line").get_attribute("d")
        assert float(line.split(",")[1].split("H")[0]) == pytest.approx(ticks["y"])
        # The box of the chosen cell holds the star.
        box = {name: float(page.locator(".chosen-cell").get_attribute(name)) for name in ("x", "y", "width", "height")}
        assert box["x"] < ticks["x"] < box["x"] + box["width"]
        assert box["y"] < ticks["y"] < box["y"] + box["height"]


def test_a_map_of_equal_losses_has_no_edge(tmp_path):
    write_store(tmp_path / "map.zarr", {"sgd": np.full((len(RATES), len(DECAYS), 3), 0.5)})
    (found,) = answers(tmp_path, "show map.zarr --json")["results"]
    assert found["edge"] == []


def test_escape_closes_a_tooltip_wherever_the_focus_is(page_of_three, browser):
    with opened(browser, page_of_three) as page:
        panel = page.locator("article").first
        for kind in ("map", "curve"):
            plot = panel.locator(f".plot.{kind}").first
            plot.scroll_into_view_if_needed()
            box = plot.bounding_box()
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            shown = plot.locator(".tooltip")
            assert shown.is_visible()
            page.keyboard.press("Escape")
            assert shown.is_hidden()
