"""Tests the figures, numbers and statements of the post on horizons."""

import subprocess
import sys

import matplotlib.image
import pytest

import reproduce_horizon as horizon
from program import PROGRAM

# Each number as it was given, with a tolerance of half a unit in its last digit. The last factor was
# cut off instead of rounded, so its tolerance is a whole unit.
GIVEN = {
    "gamma": (0.040234, 5e-7),
    "factor of stage 1": (1, 0),
    "factor of stage 2": (0.48999612, 5e-9),
    "factor of stage 3": (0.34644912, 5e-9),
    "factor of stage 4": (0.27724421, 5e-9),
    "factor of stage 100, the last": (0.0387207, 1e-7),
    "Omega over linear decay's at 10,000": (1.40699, 5e-6),
    "mean absolute deviation of a + b T^c": (6.3e-4, 5e-6),
    "mean absolute deviation of a + b ln(T)^c": (1.9e-3, 5e-5),
    "Omega over that of 1/sqrt(t) at 10,000, stages of 20": (0.9425, 5e-5),
    "Omega over that of 1/sqrt(t) at 10,000, stages of 100": (0.9356, 5e-5),
    "Omega over that of 1/sqrt(t) at 10,000, stages of 500": (0.9173, 5e-5),
}


def run(program, out):
    script = horizon.__file__
    command = [sys.executable, script, "--program", str(program), "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("horizon") / "made"
    return run(PROGRAM, folder), folder


def test_every_number_is_the_one_given(made):
    done, folder = made
    assert (done.returncode, done.stderr) == (0, "")
    table = (folder / "table.md").read_text()
    assert table in done.stdout
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line[:1] == "|"][2:]
    assert [name for name, *_ in rows] == list(GIVEN)
    for name, given, computed, difference, agrees in rows:
        value, tolerance = GIVEN[name]
        assert float(given) == value
        assert abs(float(computed) - value) <= tolerance, name
        # Both are rounded: the difference to two digits, the number to three more digits than
        # given.
        assert float(difference) == pytest.approx(float(computed) - value, rel=0.06, abs=1e-11)
        assert agrees == ("yes, cut off" if tolerance == 1e-7 else "yes")
    # The post: "even with only 20 look-ahead steps we can still obtain a 5% smaller bound".
    said = [line for line in table.splitlines() if line.startswith("- ")]
    assert len(said) == 5 and all(". Yes: " in line for line in said)
    assert f"{100 * (1 - 0.9425):.1f} % with 20" in said[-1]


def test_every_figure_is_drawn(made):
    _, folder = made
    names = [*(f"figure-{number}.png" for number in (3, 4, 5, 6)), "appendix.png", "figures.png"]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*names, "table.md"])
    for name in names:
        picture = matplotlib.image.imread(folder / name)
        assert min(picture.shape[:2]) >= 700 and picture[..., :3].std() > 0.05


@pytest.mark.parametrize(
    ("given", "computed", "agrees"),
    [
        ("0.0387207", 0.03872065, "yes"),
        ("0.0387207", 0.03872079, "yes, cut off"),
        ("0.0387207", 0.03872064, "NO"),
        ("6.3e-4", 6.349e-4, "yes"),
        ("6.3e-4", 6.401e-4, "NO"),
        ("6.3e-4", float("inf"), "NO"),
        ("6.3e-4", float("nan"), "NO"),
    ],
)
def test_a_number_agrees_to_the_digits_given(given, computed, agrees):
    assert horizon.Number("", given, computed).agrees == agrees


def test_a_wrong_number_or_statement_ends_with_code_1(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(horizon, "compute", lambda program: None)
    monkeypatch.setattr(horizon, "draw", lambda results, folder: [])
    monkeypatch.setattr(horizon, "numbers", lambda results: [horizon.Number("gamma", "0.1", 0.3)])
    false = horizon.Statement("It is so.", "It is not.", False)
    monkeypatch.setattr(horizon, "statements", lambda results: [false])
    assert horizon.main(["--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "reproduce_horizon: not as given: gamma; It is so.\n"
    assert "- It is so. NO: It is not." in (tmp_path / "table.md").read_text()


def test_a_program_that_is_not_there_is_one_line_and_code_2(tmp_path):
    done = run(tmp_path / "missing", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("reproduce_horizon: ") and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
