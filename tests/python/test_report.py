"""Opens pages of ``lrscape report`` in a headless Chromium: no page may need a network or log an error.

Expected values come from numpy over the stored losses, or from the JSON of ``show``, ``slice`` and
``compare``, never from the page.
"""

import base64
import json
import os
import re
import subprocess
import sys
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent))

from made_results import valley, write_store  # noqa: E402

PROGRAM = os.environ["LRSCAPE_PROGRAM"]
SMALL = "--n 30 --d 40 --epochs 8 --device cpu --quiet"


def lrscape(folder, command):
    done = subprocess.run([PROGRAM, *command.split()], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def answers(folder, command):
    return json.loads(lrscape(folder, command))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Results of every kind, and a report of each."""
    folder = tmp_path_factory.mktemp("report")
    grid = "--optimizer adamw-pt --lr 1e-3:1:13 --wd 1e-3:1:10 --seeds 4"
    lrscape(folder, f"sweep {SMALL} {grid} --record epoch --out map.zarr")
    lrscape(folder, f"sweep {SMALL} {grid} --schedule cosine --out cosine.zarr")
    lrscape(folder, f"sweep {SMALL} --optimizer adamw-pt --lr 1e-2:1:5 --wd 0,0.1,1 --beta2 0.9,0.99 --seeds 2 --out axes.zarr")
    lrscape(folder, "bound --schedule wsd:cooldown=0.1:0.9:9 --steps 100,200 --gamma 0.01,0.1 --csv --out bounds.zarr")
    lrscape(folder, "bound --schedule sqrt --steps 3000 --anytime --csv --out anytime.zarr")
    for name in ("map", "axes", "bounds", "anytime"):
        lrscape(folder, f"report {name}.zarr --out {name}.html")
    lrscape(folder, "report map.zarr cosine.zarr --out both.html")
    return folder


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, file, **options):
    """The page, fully drawn. Fails if it logs anything, or asks for anything but itself."""
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector("main:not([aria-busy])")
    page.wait_for_timeout(50)  # The observers of sizes have run.
    yield page
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [file.as_uri()]
    page.close()


def losses_of(path):
    """The losses of the only map: learning rate x weight decay x seed."""
    result = xr.open_zarr(path, chunks=None)
    loss = result.validation_loss.isel(optimizer=0)
    if "epoch" in loss.dims:
        loss = loss.isel(epoch=-1)
    return result, loss.values.astype(np.float64)


def move_to_cell(page, panel, i, j, click=False):
    """Puts the pointer into a cell, counted from the lowest learning rate and weight decay."""
    canvas = panel.locator(".plot.map canvas")
    canvas.scroll_into_view_if_needed()
    columns, rows = (int(panel.get_attribute(f"data-{name}")) for name in ("columns", "rows"))
    box = canvas.bounding_box()
    x = box["x"] + (i + 0.5) * box["width"] / columns
    y = box["y"] + (rows - j - 0.5) * box["height"] / rows
    (page.mouse.click if click else page.mouse.move)(x, y)


def tooltip(panel, kind="map"):
    return panel.locator(f".plot.{kind} .tooltip").inner_text().splitlines()


def number_after(lines, word):
    return float(next(line for line in lines if line.startswith(word)).removeprefix(word))


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
    best = re.search(r"best validation loss (\S+ ± \S+) at lr (\S+) wd (\S+),", show := lrscape_utf8(folder)).groups()
    with opened(browser, folder / "map.html") as page:
        assert page.locator(".cell-view h3").inner_text() == f"Cell at lr {best[1]}, wd {best[2]}", show
        assert page.locator(".facts").inner_text().startswith(best[0])
        # Ties go to the even digit, short forms win, and zeros at the end go.
        numbers = [0.015625, 0.046875, 1e-3, 0.01, 12345678, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 99995, 0]
        texts = page.evaluate("numbers => numbers.map((number) => shortNumber(number))", numbers)
    assert texts == ["0.01562", "0.04688", "1e-3", "0.01", "1.235e7", "0.3", "4.941e-324", "1.798e308", "1e5", "0"]


def lrscape_utf8(folder):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "200"}
    return subprocess.run([PROGRAM, "show", "map.zarr"], cwd=folder, capture_output=True, text=True, env=environment).stdout


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


def color_at(page, panel, i, j):
    """The colour of the middle of a cell on the canvas."""
    return page.evaluate(
        """([canvas, i, j, columns, rows]) => [...canvas.getContext("2d").getImageData(
             Math.floor((i + 0.5) * canvas.width / columns), Math.floor((rows - j - 0.5) * canvas.height / rows), 1, 1).data]""",
        [panel.locator(".plot.map canvas").element_handle(), i, j,
         *(int(panel.get_attribute(f"data-{name}")) for name in ("columns", "rows"))],
    )


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
        width = re.search(r"width: (?:at least )?([\d.]+) decades", shown).group(1)
        assert float(width) == pytest.approx(found["width_decades"]["value"], abs=0.005)
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
        start = page.evaluate("maps[0].heatmap.y.at(maps[0].slice.value / (maps[0].slice.strategy === 'product' ? maps[0].heatmap.x.valueAt(%f) : 1))"
                              % (x - panel.locator(".plot.map").bounding_box()["x"]))
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
            panel.locator(".cell-view h3").inner_text())
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


@pytest.mark.parametrize("name, axis", [("bounds", "cooldown"), ("bounds", "steps T"), ("bounds", "γ"), ("anytime", "horizon t")])
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
            assert "of 90 runs done" in text and "mean of 1 of 3 seeds, so no standard error" in tooltip(panel)
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


@pytest.mark.parametrize("rates, decays", [([0.1], [0.01, 0.1, 1]), ([0.01, 0.1, 1], [0.1]), ([0.1], [0.1]), ([0.1], [0])])
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


def test_hostile_names_stay_text(tmp_path, browser):
    name = "<img src=x onerror=alert(1)>&amp;</script>.zarr"
    (tmp_path / "</script>").parent.mkdir(exist_ok=True)
    folder = tmp_path / "<script>alert(1)<"
    folder.mkdir()
    path = folder / name.replace("/", "")
    write_store(path, {"<b>sgd</b>": valley(-1, -2, seeds=2)})
    done = subprocess.run([PROGRAM, "report", path, "--out", tmp_path / "map.html", "--title", "</title></script><script>alert(1)</script>"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with opened(browser, tmp_path / "map.html") as page:
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        assert page.title() == "</title></script><script>alert(1)</script>"
        assert page.locator("h1").inner_text() == page.title()
        assert page.locator("h2").first.inner_text().startswith("<b>sgd</b>")
        assert page.locator("main img, main b, main script").count() == 0


def test_a_page_fits_a_phone_and_works_in_the_dark(folder, browser):
    for scheme in ("light", "dark"):
        with opened(browser, folder / "both.html", viewport={"width": 360, "height": 740}, color_scheme=scheme,
                    has_touch=True, is_mobile=True) as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (max(map(int, re.findall(r"\d+", background)[:3])) < 60) == (scheme == "dark")
            plot = page.locator("article").first.locator(".plot.map")
            plot.scroll_into_view_if_needed()
            box = plot.bounding_box()
            page.touchscreen.tap(box["x"] + 90, box["y"] + 90)
            assert "exactly" in page.locator("article").first.locator(".plot.map .tooltip").inner_text()


def test_a_finger_drags_the_line_and_scrolls_elsewhere(folder, browser):
    with opened(browser, folder / "map.html", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True) as page:
        panel = page.locator("article").first
        panel.locator(".plot.map").scroll_into_view_if_needed()
        box = panel.locator(".plot.map canvas").bounding_box()
        line = panel.locator(".slice-line").bounding_box()
        fingers = page.context.new_cdp_session(page)

        def drag(x, y, distance):
            for kind, points in [("touchStart", [(x, y)]), *[("touchMove", [(x, y + distance * k / 5)]) for k in range(1, 6)], ("touchEnd", [])]:
                fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": to} for at, to in points]})

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
    lrscape(folder, "sweep --quiet --device cpu --n 30 --d 40 --epochs 8 --optimizer adamw-pt --lr 1e-3:1:13 --wd 1e-3:1:10 --seeds 4 --schedule linear --out linear.zarr")
    lrscape(folder, "report map.zarr cosine.zarr linear.zarr --out three.html")
    with opened(browser, folder / "three.html") as page:
        panel = page.locator("article.comparison")
        assert panel.count() == 1
        panel.get_by_label("of", exact=True).select_option("cosine.zarr  adamw-pt and linear.zarr  adamw-pt")
        page.wait_for_timeout(100)
        (found,) = answers(folder, "compare cosine.zarr linear.zarr --json")["comparisons"]
        assert f"result 1 is better in {found['first_better']} cells, result 2 in {found['second_better']}" in panel.inner_text()


def test_a_page_prints(folder, browser):
    with opened(browser, folder / "both.html") as page:
        page.emulate_media(media="print")
        assert page.locator(".toolbar").is_hidden()
        assert page.locator("article").first.locator("canvas").first.is_visible()
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


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
                 .filter((one) => !one.labels?.length && !one.ariaLabel).map((one) => one.outerHTML)""")
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
        times = page.evaluate(
            """async () => {
                 const plot = document.querySelector(".plot.map"), canvas = plot.querySelector("canvas");
                 const box = canvas.getBoundingClientRect(), times = [];
                 for (let k = 0; k < 50; ++k) {
                   const at = { clientX: box.x + box.width * (0.1 + 0.016 * k), clientY: box.y + box.height * (0.9 - 0.016 * k), bubbles: true };
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
    print(f"\n{side}x{side} cells: {size / 1e6:.2f} MB; slowest hover {times['hover']:.1f} ms,"
          f" another statistic {times['statistic']:.0f} ms")
