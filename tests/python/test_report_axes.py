"""The axes of a report's plots: labels, a weight decay of 0, shaded ranges."""

import numpy as np

from made_results import write_store
from report_pages import (  # noqa: F401  # pylint: disable=unused-import
    answers,
    browser,
    lrscape,
    opened,
    tooltip,
)


def test_labels_tell_nearly_equal_values_apart_and_have_room(tmp_path, browser):
    # All losses are between 1.23e24 and 1.23e24 (1 + 1e-6), so three digits would be the same label.
    losses = 1.23e24 * (1 + 1e-6 * np.linspace(0, 1, 5 * 6 * 3).reshape(5, 6, 3))
    write_store(tmp_path / "map.zarr", {"sgd": losses})
    lrscape(tmp_path, "report map.zarr --out map.html")
    with opened(browser, tmp_path / "map.html") as page:
        plot = page.locator(".slice-view .plot.curve")
        labels = plot.locator(".axis").nth(1).locator(".tick text")
        texts = labels.all_text_contents()
        assert len(texts) > 2 and len(set(texts)) == len(texts)
        name = plot.locator(".axis-name").nth(1).bounding_box()
        for k in range(len(texts)):
            assert labels.nth(k).bounding_box()["x"] > name["x"] + name["width"]


def test_a_weight_decay_of_0_has_a_row_to_hit_on_a_map_of_many_rows(tmp_path, browser):
    decays = np.r_[0, np.geomspace(1e-4, 1, 199)]
    losses = np.random.default_rng(3).uniform(1, 2, (5, 200, 2))
    write_store(tmp_path / "map.zarr", {"sgd": losses}, decays=decays)
    lrscape(tmp_path, "report map.zarr --out map.html")
    with opened(browser, tmp_path / "map.html") as page:
        panel = page.locator("article").first
        box = panel.locator(".plot.map canvas").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 8)
        assert "wd 0" in tooltip(panel)
        labels = panel.locator(".plot.map .axis").nth(1).locator(".tick text")
        boxes = sorted((labels.nth(k).bounding_box() for k in range(labels.count())), key=lambda one: one["y"])
        assert labels.last.text_content() == "0"
        for above, below in zip(boxes, boxes[1:]):
            assert above["y"] + above["height"] <= below["y"] + 1


def test_separate_ranges_of_learning_rates_are_shaded_apart(tmp_path, browser):
    # Two valleys of equal depth with a ridge between them, the same for every seed.
    losses = np.broadcast_to(np.array([2, 1, 2, 1, 2])[:, None, None], (5, 6, 3))
    write_store(tmp_path / "map.zarr", {"sgd": losses})
    lrscape(tmp_path, "report map.zarr --out map.html")
    (found,) = answers(tmp_path, "slice map.zarr --wd 0.1 --json")["slices"]
    # The losses cross 1.02 at 2 % of the way from a valley to its neighbours.
    expected = [[10 ** (rate - 0.02), 10 ** (rate + 0.02)] for rate in (-3, -1)]
    np.testing.assert_allclose(found["ranges"], expected, rtol=1e-6)
    np.testing.assert_allclose(found["width_decades"]["value"], 0.08, rtol=1e-6)
    assert "in 2 separate ranges of lr" in lrscape(tmp_path, "slice map.zarr --wd 0.1")
    with opened(browser, tmp_path / "map.html") as page:
        assert page.locator(".slice-view .width-band").count() == 2
