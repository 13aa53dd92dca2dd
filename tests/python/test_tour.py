"""Executes docs/tour.ipynb and compares the text that it shows.

After a change, ``jupyter execute --inplace docs/tour.ipynb`` writes the outputs, in an environment
with PyTorch (see scripts/test-frameworks).
"""

import base64
import importlib.util
import pathlib

import nbclient
import nbformat
import pytest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/tour.ipynb"
LARGEST_PICTURE = 150_000


@pytest.fixture(scope="module")
def shown():
    notebook = nbformat.read(PAGE, as_version=4)
    nbformat.validate(notebook)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    notebook = nbformat.read(PAGE, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute(
        cwd=tmp_path_factory.mktemp("tour")
    )
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def pictures(cell):
    found = [output.data for output in cell.outputs if "image/png" in output.get("data", {})]
    return [base64.b64decode(data["image/png"]) for data in found]


def test_the_tour_prints_what_it_shows(shown, executed):
    """A sweep has the same bits everywhere, and so has the text."""
    lines = 0
    for old, new in zip(shown, executed, strict=True):
        if "import torch" in old.source and importlib.util.find_spec("torch") is None:
            assert printed(new) == "PyTorch is not installed, so this cell trains nothing\n"
            continue
        assert printed(new) == printed(old), old.source
        lines += printed(old).count("\n")
    assert lines >= 10


def test_the_tour_shows_four_small_pictures(shown, executed):
    for cells in (shown, executed):
        found = [picture for cell in cells for picture in pictures(cell)]
        assert len(found) == 4
        assert all(picture.startswith(b"\x89PNG") and len(picture) < LARGEST_PICTURE for picture in found)


def test_the_loops_of_the_tour_end_at_the_loss_of_the_sweep(shown):
    """In numpy, in lrscape and in PyTorch."""
    (loop,) = [cell for cell in shown if "the sweep:" in cell.source]
    (torch,) = [cell for cell in shown if "import torch" in cell.source]
    losses = [line.split()[-1] for line in (printed(loop) + printed(torch)).splitlines()]
    assert len(losses) == 3 and len(set(losses)) == 1


def test_the_numbers_of_the_bound_are_those_of_the_published_package(shown):
    # WSD with a cooldown of a fifth of 4,000 steps: 0.0342115 at 0.00811829.
    assert "wsd:cooldown=0.2,shape=linear: 0.03421 at the base learning rate 0.00812" in printed(shown[-1])
