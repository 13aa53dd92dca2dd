"""Bounds of schedules on a report's page."""

import json

import pytest

from report_pages import browser, lrscape, number_after, opened  # noqa: F401  # pylint: disable=unused-import


@pytest.fixture(scope="module")
def bounds(tmp_path_factory):
    """62 curves over t: 2 x 15 wsd and one cosine, for two numbers of steps, with two γ."""
    folder = tmp_path_factory.mktemp("bounds")
    lrscape(
        folder,
        "bound --schedule wsd:cooldown=0.1:0.8:15,shape=linear,sqrt --schedule cosine --steps 50,100"
        " --at 10,20,50 --gamma 0.05,0.1 --csv --out bounds.zarr",
    )
    lrscape(folder, "report bounds.zarr --out bounds.html")
    return folder


def rows_of(folder):
    return json.loads(lrscape(folder, "export bounds.zarr --format json"))["rows"]


def best_schedules(folder):
    """Schedule and steps by their least bound at their last horizon, best first."""
    last = {}
    for row in rows_of(folder):
        key = (row["schedule"], row["steps"])
        if key not in last or (-row["t"], row["omega"]) < last[key]:
            last[key] = (-row["t"], row["omega"])
    return sorted(last, key=lambda key: last[key][1])


def drawn(panel):
    return panel.locator(".color-key .key").all_inner_texts()


def test_the_best_curves_and_the_best_of_each_family_are_drawn_first(bounds, browser):
    best = [f"{schedule}, {steps} steps" for schedule, steps in best_schedules(bounds)]
    first_cosine = next(name for name in best if name.startswith("cosine"))
    others = [name for name in best if name != first_cosine]
    with opened(browser, bounds / "bounds.html") as page:
        panel = page.locator("article.bound")
        panel.locator(".curve-choice summary").click()
        assert "8 of 62 drawn" in panel.locator(".curve-choice summary").inner_text()
        assert [one.strip() for one in panel.locator(".curve-list label").all_inner_texts()] == best
        assert sorted(drawn(panel)) == sorted([*others[:7], first_cosine])


def test_any_curve_can_be_drawn_and_looks_like_no_other(bounds, browser):
    with opened(browser, bounds / "bounds.html") as page:
        panel = page.locator("article.bound")
        panel.locator(".curve-choice summary").click()
        panel.get_by_placeholder("part of a name").fill("cooldown=0.1,shape=sqrt, 50")
        boxes = panel.locator(".curve-list input")
        assert boxes.count() == 1
        boxes.check()
        assert "wsd:cooldown=0.1,shape=sqrt, 50 steps" in drawn(panel)
        panel.get_by_placeholder("part of a name").fill("")
        for k in range(62):
            if boxes.nth(k).is_enabled() and not boxes.nth(k).is_checked():
                boxes.nth(k).check()
        lines = panel.locator(".plot.curve path.line")
        looks = {
            (line.evaluate("one => getComputedStyle(one).stroke"), line.get_attribute("stroke-dasharray"))
            for line in lines.all()
        }
        assert len(looks) == lines.count() == len(drawn(panel)) == 20
        assert "which is the most" in panel.locator(".curve-choice summary").inner_text()
        boxes.first.uncheck()
        assert len(drawn(panel)) == 19


def test_shapes_have_curves_of_their_own(bounds, browser):
    rows = rows_of(bounds)
    with opened(browser, bounds / "bounds.html") as page:
        panel = page.locator("article.bound")
        panel.get_by_label("over").select_option("cooldown")
        names = [f"wsd:shape={shape}, {steps} steps" for shape in ("linear", "sqrt") for steps in (50, 100)]
        assert sorted(drawn(panel)) == sorted(names)
        curve = panel.locator(".plot.curve")
        curve.focus()
        name = drawn(panel)[0]
        shape, steps = name[len("wsd:shape=") :].split(", ")
        for k in range(15):
            page.keyboard.press("ArrowRight")
            lines = curve.locator(".tooltip").inner_text().splitlines()
            (row,) = [
                one
                for one in rows
                if one["schedule"] == lines[-1] and one["steps"] == int(steps.split()[0])
                and one["t"] == 50 and one["gamma"] == 0.05
            ]  # fmt: skip
            assert f"shape={shape}" in lines[-1] and f"cooldown={0.1 + 0.05 * k:.2g}" in lines[-1]
            assert number_after(lines, "exactly ") == row["omega_opt"]


def test_the_page_says_what_all_points_share(bounds, browser):
    with opened(browser, bounds / "bounds.html") as page:
        panel = page.locator("article.bound")
        note, gamma = panel.locator(".note").first, panel.get_by_label("at γ")
        axis = panel.locator(".plot.curve .axis-name").nth(1)
        assert note.inner_text() == "γ is the best one of each point."
        assert axis.text_content() == "bound Ω at the best γ"
        panel.get_by_label("over").select_option("cooldown")
        # Both numbers of steps end at the horizon 50.
        assert note.inner_text().startswith("All points are at t = 50. γ is the best one of each point.")
        assert "Not drawn: 1 schedule without cooldown." in note.inner_text()
        gamma.select_option("0.1")
        assert "γ = 0.1 everywhere." in note.inner_text()
        assert axis.text_content() == "bound Ω"
        panel.get_by_label("over").select_option("γ")
        assert gamma.is_hidden()
        assert "γ =" not in note.inner_text() and "best one" not in note.inner_text()


def test_the_table_of_bounds_fits_a_phone(bounds, browser):
    with opened(browser, bounds / "bounds.html", viewport={"width": 360, "height": 740}) as page:
        table = page.locator("article.bound table")
        assert table.evaluate("one => one.parentElement.scrollWidth <= one.parentElement.clientWidth")
        row = table.locator("tbody tr").first
        labels = row.locator("td").evaluate_all(
            "all => all.map((one) => getComputedStyle(one, '::before').content)"
        )
        assert labels == [f'"{name} "' for name in ("steps", "t", "gamma", "omega", "gamma_opt", "omega_opt")]
    with opened(browser, bounds / "bounds.html") as page:
        table = page.locator("article.bound table")
        assert table.evaluate("one => one.parentElement.scrollWidth <= one.parentElement.clientWidth")
