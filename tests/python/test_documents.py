"""Runs every command line that README.md and docs print, and compares the output that they show.

A block marked ``sh`` is run. A block marked ``text`` after it holds the expected output. The blocks
of a document share a folder and run in order, so that later blocks can use files from earlier ones.
"""

import os
import pathlib
import re
import subprocess

import matplotlib.image
import numpy as np
import pytest

from program import PROGRAM

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

# Run elsewhere: the demo builds the program from nothing, the tests are these.
ELSEWHERE = {"./scripts/demo", "./scripts/test", "pip install ."}


def blocks(document):
    """The (language, text) of every fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL)


def folder_of(tmp_path):
    """A folder in which paths of the repository lead to it."""
    for name in (".venv", "python", "scripts", "bench"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def run(command, folder, language="sh"):
    environment = {
        **os.environ,
        "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
        "MPLBACKEND": "Agg",
        "COLUMNS": "100",
    }
    if language == "python":
        words = [ROOT / ".venv/bin/python", "-c", command]
    else:
        words = ["bash", "-euo", "pipefail", "-c", command]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


def commands(text):
    """The lines of a block without comments."""
    lines = [re.sub(r"\s+#.*$", "", line) for line in text.splitlines()]
    return [line for line in lines if line.strip()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_run_and_print_what_the_document_shows(document, tmp_path):
    folder = folder_of(tmp_path)
    printed = None
    script = ""
    for language, text in blocks(document):
        if language == "sh":
            kept = [line for line in commands(text) if line not in ELSEWHERE]
            printed = run("\n".join(kept), folder) if kept else None
        elif language == "python":
            script += text
        elif language == "text":
            assert printed == text
    if script:  # The Python blocks of a document are one program.
        run(script, folder, "python")


# The diabetes sweep of the README, where more than a tenth of the cells diverge; a weight decay of 0
# beside others; and one weight decay alone. Quick, since only the picture counts.
@pytest.mark.parametrize(
    "options",
    [
        None,
        "--optimizer adamw-pt --lr 1e-3:10:8 --wd 0,1e-2:1:3 --seeds 2",
        "--optimizer adamw-pt --lr 1e-3:10:8 --wd 0.1",
    ],
    ids=["diabetes", "wd-with-0", "one-wd"],
)
def test_the_plotting_sample_of_the_readme_draws_every_kind_of_result(options, tmp_path):
    folder = folder_of(tmp_path)
    (sample,) = [text for _, text in blocks(ROOT / "README.md") if "open_zarr" in text]
    if options is None:
        sweep = next(text for _, text in blocks(ROOT / "README.md") if "diabetes" in text)
        run("\n".join(commands(sweep)), folder)
        (tmp_path / "diabetes.zarr").rename(tmp_path / "map.zarr")
    else:
        run(f"lrscape sweep {options} --n 20 --d 5 --epochs 3 --out map.zarr --quiet", folder)
    run(sample, folder, "python")
    picture = matplotlib.image.imread(tmp_path / "map.png")
    # More than a frame and labels: many pixels in the bright end of viridis, as #FDE725.
    bright = (np.abs(picture[..., :3] - np.array([0xFD, 0xE7, 0x25]) / 255) < 0.1).all(axis=-1)
    assert bright.sum() > 100


def test_every_command_line_of_the_program_stands_in_a_block_that_is_run():
    """Inline code may name a command, but not show one with its options."""
    for document in DOCUMENTS:
        prose = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
        for code in re.findall(r"`([^`]+)`", prose):
            words = code.split()
            if words[0] == "lrscape" and words[1:2] != ["help"]:
                assert len(words) <= 2, f"{document.name}: {code}"


def test_the_slopes_below_the_picture_are_those_of_the_command_in_docs_sweeps():
    caption = (ROOT / "README.md").read_text()
    shown = dict(blocks(ROOT / "docs/sweeps.md"))["text"]
    slopes = re.findall(r"against lr: (\S+) \(95 % interval (\S+) to (\S+)\)", shown)
    assert len(slopes) == 2
    (first, first_low, first_high), (second, second_low, second_high) = (
        [number.replace("-", "−") for number in slope] for slope in slopes
    )
    caption = re.sub(r"\s+", " ", caption)
    assert f"log-log slope of {first} (95 % interval {first_low} to {first_high})" in caption
    assert f"the slope is {second} ({second_low} to {second_high})" in caption
