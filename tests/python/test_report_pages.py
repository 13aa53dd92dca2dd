"""Pages of ``lrscape report`` for awkward results and names, on phones, in the dark, on paper, and
for many cells.
"""

import base64
import json
import re
import subprocess
import zlib

import numpy as np
import pytest

from made_results import valley, write_store
from report_pages import (  # noqa: F401  # pylint: disable=unused-import
    GRID,
    PROGRAM,
    SMALL,
    answers,
    browser,
    color_at,
    folder,
    losses_of,
    lrscape,
    move_to_cell,
    number_after,
    opened,
    tooltip,
)


def maps_of_every_kind():
    """Losses over 5 learning rates, 6 weight decays and 3 seeds."""
    unfinished = valley(-1, -2, seeds=3)
    unfinished[2:, :, 1:] = np.nan
    unfinished[4] = np.nan
    partly = valley(-1, -2, seeds=3)
    partly[3:, 4:] = np.inf
    return {
        "unfinished": unfinished,
        "partly-diverged": partly,
        "all-diverged": np.full((5, 6, 3), np.inf),
        "all-equal": np.full((5, 6, 3), 0.5),
        "one-seed": valley(-1, -2),
        "nothing-run": np.full((5, 6, 3), np.nan),
        "negative": valley(-1, -2, seeds=3) - 2,
    }


@pytest.mark.parametrize("kind", maps_of_every_kind())
def test_awkward_results_are_drawn_and_explained(kind, tmp_path, browser):
    write_store(tmp_path / "map.zarr", {"adamw-pt": maps_of_every_kind()[kind]})
    lrscape(tmp_path, "report map.zarr --out map.html")
    with opened(browser, tmp_path / "map.html") as page:
        panel = page.locator("article").first
        move_to_cell(page, panel, 3, 4)
        first = tooltip(panel)[0]
        text = page.inner_text("body")
        if kind == "unfinished":
            assert "of 90 runs done" in text and "mean of 1 of 3 seeds, so no standard error" in tooltip(
                panel
            )
            move_to_cell(page, panel, 4, 0)
            assert tooltip(panel)[0] == "not run"
            assert "not run" in panel.locator(".color-key").inner_text()
        elif kind in ("partly-diverged", "all-diverged"):
            assert first == "diverged" and "diverged" in panel.locator(".color-key").inner_text()
        elif kind == "all-equal":
            assert first == "0.5" and "all equal" in panel.locator(".color-key").inner_text()
        elif kind == "one-seed":
            assert "one seed, so no standard error" in tooltip(panel)
            assert "there are no standard errors" in text
            assert "standard error" not in page.get_by_label("Cells show the").inner_text()
        elif kind == "nothing-run":
            assert first == "not run" and "0 of 90 runs done" in text
        else:
            assert "linear scale" in panel.locator(".color-key").inner_text()


@pytest.mark.parametrize(
    "rates, decays", [([0.1], [0.01, 0.1, 1]), ([0.01, 0.1, 1], [0.1]), ([0.1], [0.1]), ([0.1], [0])]
)
def test_maps_of_a_row_a_column_or_a_cell_are_drawn(rates, decays, tmp_path, browser):
    losses = np.linspace(1, 2, len(rates) * len(decays) * 3).reshape(len(rates), len(decays), 3)
    write_store(tmp_path / "map.zarr", {"sgd": losses}, rates=rates, decays=decays)
    lrscape(tmp_path, "report map.zarr --out map.html")
    with opened(browser, tmp_path / "map.html") as page:
        panel = page.locator("article").first
        panel.locator(".plot.map").focus()
        for key in ("ArrowRight", "End", "PageUp"):
            page.keyboard.press(key)
        expected = losses.astype(np.float32).astype(float)[-1, -1].mean()
        np.testing.assert_allclose(number_after(tooltip(panel), "exactly "), expected, rtol=1e-15)


def test_losses_at_the_end_of_double_precision_are_drawn(tmp_path, browser):
    lrscape(
        tmp_path,
        "sweep --optimizer sgd --n 30 --d 10 --epochs 40 --precision fp64 --lr 1e-3:10:12 --wd 1e-3:1:6"
        " --seeds 3 --record epoch --out map.zarr --quiet --device cpu",
    )
    lrscape(tmp_path, "report map.zarr --out map.html")
    _, losses = losses_of(tmp_path / "map.zarr")
    # The largest finite loss is far beyond single precision.
    means = np.where(np.isfinite(losses).all(-1), losses.mean(-1), 0)
    assert means.max() > 1e100
    i, j = np.unravel_index(means.argmax(), means.shape)
    with opened(browser, tmp_path / "map.html") as page:
        panel = page.locator("article").first
        move_to_cell(page, panel, i, j, click=True)
        np.testing.assert_allclose(number_after(tooltip(panel), "exactly "), means[i, j], rtol=1e-12)


def test_results_that_cannot_be_compared_have_the_reason(tmp_path, browser):
    write_store(tmp_path / "a.zarr", {"sgd": valley(-1, -2, seeds=2)})
    write_store(tmp_path / "b.zarr", {"sgd": valley(-1, -2, seeds=2)}, rates=2 * np.array([1, 2, 3, 4, 5]))
    lrscape(tmp_path, "report a.zarr b.zarr --out both.html")
    with opened(browser, tmp_path / "both.html") as page:
        text = page.locator(".not-compared").inner_text()
        assert "a.zarr and b.zarr: they have no learning rate in common" in text


def test_a_page_goes_to_standard_output(tmp_path):
    write_store(tmp_path / "a.zarr", {"sgd": valley(-1, -2, seeds=2)})
    page = lrscape(tmp_path, "report a.zarr --out -")
    lrscape(tmp_path, "report a.zarr --out a.html")
    written = (tmp_path / "a.html").read_text()
    assert page.replace("--out -", "--out a.html") == written
    assert not (tmp_path / "-").exists()


def test_hostile_names_stay_text(tmp_path, browser):
    name = "<img src=x onerror=alert(1)>&amp;</script>.zarr"
    folder = tmp_path / "<script>alert(1)<"
    folder.mkdir()
    path = folder / name.replace("/", "")
    write_store(path, {"<b>sgd</b>": valley(-1, -2, seeds=2)})
    done = subprocess.run(
        [
            PROGRAM,
            "report",
            path,
            "--out",
            tmp_path / "map.html",
            "--title",
            "</title></script><script>alert(1)</script>",
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with opened(browser, tmp_path / "map.html") as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        assert page.title() == "</title></script><script>alert(1)</script>"
        assert page.locator("h1").inner_text() == page.title()
        assert page.locator("h2").first.inner_text().startswith("<b>sgd</b>")
        assert page.locator("main img, main b, main script").count() == 0


def test_a_page_fits_a_phone_and_works_in_the_dark(folder, browser):
    for scheme in ("light", "dark"):
        with opened(
            browser,
            folder / "both.html",
            viewport={"width": 360, "height": 740},
            color_scheme=scheme,
            has_touch=True,
            is_mobile=True,
        ) as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (max(map(int, re.findall(r"\d+", background)[:3])) < 60) == (scheme == "dark")
            plot = page.locator("article").first.locator(".plot.map")
            plot.scroll_into_view_if_needed()
            box = plot.bounding_box()
            page.touchscreen.tap(box["x"] + 90, box["y"] + 90)
            assert "exactly" in page.locator("article").first.locator(".plot.map .tooltip").inner_text()


def test_a_finger_drags_the_line_and_scrolls_elsewhere(folder, browser):
    with opened(
        browser, folder / "map.html", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    ) as page:
        panel = page.locator("article").first
        panel.locator(".plot.map").scroll_into_view_if_needed()
        box = panel.locator(".plot.map canvas").bounding_box()
        line = panel.locator(".slice-line").bounding_box()
        fingers = page.context.new_cdp_session(page)

        def drag(x, y, distance):
            for kind, points in [
                ("touchStart", [(x, y)]),
                *[("touchMove", [(x, y + distance * k / 5)]) for k in range(1, 6)],
                ("touchEnd", []),
            ]:
                fingers.send(
                    "Input.dispatchTouchEvent",
                    {"type": kind, "touchPoints": [{"x": at, "y": to} for at, to in points]},
                )

        scrolled, before = page.evaluate("scrollY"), page.evaluate("maps[0].slice.value")
        x = box["x"] + box["width"] / 2
        drag(x, line["y"] + line["height"] / 2, 40)
        assert page.evaluate("maps[0].slice.value") < before
        assert page.evaluate("scrollY") == scrolled
        drag(x, panel.locator(".slice-line").bounding_box()["y"] - 40, -60)
        page.wait_for_timeout(300)
        assert page.evaluate("scrollY") > scrolled


def test_cells_follow_the_theme(tmp_path, browser):
    write_store(tmp_path / "map.zarr", {"adamw-pt": maps_of_every_kind()["all-diverged"]})
    lrscape(tmp_path, "report map.zarr --out map.html")
    with opened(browser, tmp_path / "map.html") as page:
        panel = page.locator("article").first
        light = color_at(page, panel, 2, 2)
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(50)
        assert max(color_at(page, panel, 2, 2)[:3]) < min(light[:3])


def test_many_comparisons_share_a_panel(folder, browser):
    lrscape(
        folder,
        f"sweep {SMALL} {GRID} --schedule linear --out linear.zarr",
    )
    lrscape(folder, "report map.zarr cosine.zarr linear.zarr --out three.html")
    with opened(browser, folder / "three.html") as page:
        panel = page.locator("article.comparison")
        assert panel.count() == 1
        panel.get_by_label("of", exact=True).select_option("cosine.zarr  adamw-pt and linear.zarr  adamw-pt")
        page.wait_for_timeout(100)
        (found,) = answers(folder, "compare cosine.zarr linear.zarr --json")["comparisons"]
        assert (
            f"result 1 is better in {found['first_better']} cells, result 2 in {found['second_better']}"
            in panel.inner_text()
        )


def test_a_page_prints(folder, browser):
    with opened(browser, folder / "both.html") as page:
        page.emulate_media(media="print")
        assert page.locator(".toolbar").is_hidden()
        assert page.locator("article").first.locator("canvas").first.is_visible()
        # A slice stays on one sheet, with its heading.
        breaks = page.locator(".slice-view").first.evaluate("one => getComputedStyle(one).breakInside")
        assert breaks == "avoid"
        page.evaluate("""() => addEventListener("beforeprint", () => {
             window.opened = document.querySelectorAll("details.panel[open]").length; })""")
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
        # The configurations of both results are printed, and closed again.
        assert page.evaluate("window.opened") == 2
        assert page.locator("details.panel[open]").count() == 0


def test_the_table_holds_every_cell(folder, browser):
    _, losses = losses_of(folder / "map.zarr")
    with opened(browser, folder / "map.html") as page:
        page.get_by_text("Table of all cells").click()
        rows = page.locator(".table tbody tr")
        rows.first.wait_for()
        assert rows.count() == 10
        texts = rows.nth(7).locator("td").all_inner_texts()
        for text, mean in zip(texts, losses[:, 7].mean(-1), strict=True):
            value, error = map(float, text.split(" ± "))
            assert value == pytest.approx(mean, abs=error / 10)


def test_every_control_has_a_name(folder, browser):
    with opened(browser, folder / "both.html") as page:
        unnamed = page.evaluate(
            """() => [...document.querySelectorAll("select, input, [tabindex], [role=application]")]
                 .filter((one) => !one.labels?.length && !one.ariaLabel).map((one) => one.outerHTML)"""
        )
        assert unnamed == []
        assert page.locator("html").get_attribute("lang") == "en"


def test_arrays_are_stored_as_arrays(folder):
    """Reads an array of the page with numpy alone."""
    html = (folder / "map.html").read_text()
    description = json.loads(re.search(r'id="description">(.*?)</script>', html).group(1))
    reference = description["results"][0]["maps"][0]["cells"]["mean"]
    assert reference["type"] == "f8"
    text = re.search(rf'id="array-{reference["array"]}">(.*?)</script>', html).group(1)
    planes = np.frombuffer(zlib.decompress(base64.b64decode(text), -15), np.uint8)
    means = planes.reshape(8, -1).T.copy().view("<f8").reshape(13, 10)
    _, losses = losses_of(folder / "map.zarr")
    np.testing.assert_allclose(means, losses.mean(-1), rtol=1e-15)


def test_minimum_and_maximum_are_there_without_the_seeds(tmp_path, browser):
    side = 180
    generator = np.random.default_rng(2)
    rates, decays = np.geomspace(1e-4, 1, side), np.geomspace(1e-3, 10, side)
    losses = valley(-1, -2, rates, decays, seeds=20) * generator.uniform(0.9, 1.1, (side, side, 20))
    write_store(tmp_path / "map.zarr", {"adamw-pt": losses}, rates, decays)
    lrscape(tmp_path, "report map.zarr --out map.html")
    with opened(browser, tmp_path / "map.html") as page:
        panel = page.locator("article").first
        page.get_by_label("Cells show the").select_option("minimum over the seeds")
        move_to_cell(page, panel, 100, 50, click=True)
        shown = number_after(tooltip(panel), "minimum over the seeds: ")
        assert np.float32(shown) == losses[100, 50].astype(np.float32).min()
        assert "left out" in panel.locator(".seeds").inner_text()
        assert "leaves out the losses of single seeds" in page.locator("footer").inner_text()


def test_a_hundred_thousand_cells_stay_small_and_answer_quickly(tmp_path, browser):
    side = 317
    generator = np.random.default_rng(1)
    rates, decays = np.geomspace(1e-4, 1, side), np.geomspace(1e-3, 10, side)
    losses = valley(-1, -2, rates, decays, seeds=5)
    losses *= generator.uniform(0.99, 1.01, losses.shape)  # No digit of a loss is like another.
    write_store(tmp_path / "map.zarr", {"adamw-pt": losses}, rates, decays)
    lrscape(tmp_path, "report map.zarr --out map.html")
    size = (tmp_path / "map.html").stat().st_size
    assert losses[..., 0].size > 100_000
    assert size < 5_000_000
    with opened(browser, tmp_path / "map.html") as page:
        panel = page.locator("article").first
        move_to_cell(page, panel, 100, 200)
        expected = losses.astype(np.float32).astype(float)[100, 200].mean()
        np.testing.assert_allclose(number_after(tooltip(panel), "exactly "), expected, rtol=1e-15)
        # From the event to the next frame, over many cells.
        times = page.evaluate("""async () => {
                 const plot = document.querySelector(".plot.map"), canvas = plot.querySelector("canvas");
                 const box = canvas.getBoundingClientRect(), times = [];
                 for (let k = 0; k < 50; ++k) {
                   const x = box.x + box.width * (0.1 + 0.016 * k);
                   const y = box.y + box.height * (0.9 - 0.016 * k);
                   const at = { clientX: x, clientY: y, bubbles: true };
                   const start = performance.now();
                   plot.dispatchEvent(new PointerEvent("pointermove", at));
                   plot.querySelector(".tooltip").getBoundingClientRect();
                   times.push(performance.now() - start);
                   await new Promise(requestAnimationFrame);
                 }
                 const start = performance.now();
                 maps[0].recolor(statistics[1]);
                 return { hover: Math.max(...times), statistic: performance.now() - start };
               }""")
    print(
        f"\n{side}x{side} cells: {size / 1e6:.2f} MB; slowest hover {times['hover']:.1f} ms,"
        f" another statistic {times['statistic']:.0f} ms"
    )
