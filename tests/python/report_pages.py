"""Pages of ``lrscape report`` in a headless Chromium, for tests.

No page may need a network or log an error.
"""

import json
import os
import subprocess
from contextlib import contextmanager

import numpy as np
import pytest
import xarray as xr
from playwright.sync_api import sync_playwright

from program import PROGRAM

SMALL = "--n 30 --d 40 --epochs 8 --device cpu --quiet"
GRID = "--optimizer adamw-pt --lr 1e-3:1:13 --wd 1e-3:1:10 --seeds 4"


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
    lrscape(folder, f"sweep {SMALL} {GRID} --record epoch --out map.zarr")
    lrscape(folder, f"sweep {SMALL} {GRID} --schedule cosine --out cosine.zarr")
    lrscape(
        folder,
        f"sweep {SMALL} --optimizer adamw-pt --lr 1e-2:1:5 --wd 0,0.1,1 --beta2 0.9,0.99 --seeds 2"
        " --out axes.zarr",
    )
    lrscape(
        folder,
        "bound --schedule wsd:cooldown=0.1:0.9:9 --steps 100,200 --gamma 0.01,0.1 --csv --out bounds.zarr",
    )
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


def lrscape_utf8(folder):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "200"}
    return subprocess.run(
        [PROGRAM, "show", "map.zarr"], cwd=folder, capture_output=True, text=True, env=environment
    ).stdout


def color_at(page, panel, i, j):
    """The colour of the middle of a cell on the canvas."""
    return page.evaluate(
        """([canvas, i, j, columns, rows]) => [...canvas.getContext("2d").getImageData(
             Math.floor((i + 0.5) * canvas.width / columns),
             Math.floor((rows - j - 0.5) * canvas.height / rows), 1, 1).data]""",
        [
            panel.locator(".plot.map canvas").element_handle(),
            i,
            j,
            *(int(panel.get_attribute(f"data-{name}")) for name in ("columns", "rows")),
        ],
    )
