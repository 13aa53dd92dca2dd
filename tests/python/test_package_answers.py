"""Tests the accessor .lrscape against the program, which gives the same numbers as JSON."""

import json
import math

import numpy as np
import pytest
import xarray as xr

import lrscape
from program import ask_program, run_program

PROBLEM = {"rows": 40, "validation_rows": 40, "features": 30}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("answers") / "map.zarr"
    lrscape.sweep(
        optimizer=["adamw-pt", "adamw-lh"], lr="1e-3:1e3:12", wd="1e-3:1:10", seeds=4, epochs=10,
        beta2=[0.9, 0.99], problem=PROBLEM, record="epoch", out=path,
    )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def result(path):
    return xr.open_dataset(path, engine="lrscape")


def number(value):
    """JSON has null for numbers that are not finite."""
    return math.nan if value is None else value


def same(found, expected):
    np.testing.assert_array_equal(np.asarray(found, float), np.asarray(expected, float))


def each(path, command, *options):
    """Each answer of the program with its place in the dataset."""
    key = {"show": "results", "slice": "slices"}[command]
    for one in ask_program(command, path, *options)[key]:
        yield one, {"optimizer": one["optimizer"], **one["at"]}


def test_best_cells_are_those_of_show(path, result):
    best = result.lrscape.best()
    assert best.loss.dims == ("optimizer", "beta2")
    for one, place in each(path, "show"):
        at = best.sel(place)
        for name in ("loss", "standard_error", "learning_rate", "weight_decay"):
            same(at[name], number(one["best"][name]))
        expected = one["best"]["expected_loss"]
        for name, key in (("loss", "value"), ("low", "low"), ("high", "high")):
            same(at[f"expected_{name}"], number(expected[key]))
        good = one["as_good_as_best"]
        same(at.cells_as_good, good["cells"])
        same([at.lowest_learning_rate, at.highest_learning_rate], good["learning_rate"])
        same([at.lowest_weight_decay, at.highest_weight_decay], good["weight_decay"])
        assert at.edge.item() == "; ".join(one["edge"])


def test_ridges_and_slopes_are_those_of_show(path, result):
    ridge, slope = result.lrscape.ridge(), result.lrscape.slope()
    points = 0
    for one, place in each(path, "show"):
        found = ridge.weight_decay.sel(place).dropna("learning_rate")
        same(list(zip(found.learning_rate.values, found.values)), one["ridge"] or np.empty((0, 2)))
        points += len(found)
        at = slope.sel(place)
        if one["slope"] is None:
            assert np.isnan(at.slope)
            continue
        for name, key in (("slope", "value"), ("low", "low"), ("high", "high"), ("points", "points")):
            same(at[name], number(one["slope"][key]))
        same([at.lowest_learning_rate, at.highest_learning_rate], one["slope"]["learning_rate"])
    assert points > 3


@pytest.mark.parametrize("held", [{"wd": 0.01}, {"product": 0.003}])
def test_slices_are_those_of_slice(path, result, held):
    ((name, value),) = held.items()
    found = result.lrscape.slice(**held, within=0.05)
    for one, place in each(path, "slice", f"--{name}", value, "--within", "5%"):
        at = found.sel(place)
        shown = at.dropna("learning_rate", subset=["weight_decay"])
        for key in ("learning_rate", "weight_decay", "interpolated"):
            same(shown[key], [point[key] for point in one["points"]])
        finite = np.isfinite(shown.loss.values)
        same(shown.loss.values[finite], [p["loss"] for p in one["points"] if p["loss"] is not None])
        width = one["width_decades"]
        same(at.expected_loss, number(one["expected_loss"]))
        same([at.decades, at.decades_low, at.decades_high], [number(width[k]) for k in ("value", "low", "high")])


def test_comparisons_are_differences_seed_by_seed(result):
    first, second = (result.sel(optimizer=name, beta2=0.9) for name in ("adamw-pt", "adamw-lh"))
    found = first.lrscape.compare(second)
    losses = [one.validation_loss.isel(epoch=-1).astype(float) for one in (first, second)]
    difference = (losses[0] - losses[1]).where(np.isfinite(losses[0] - losses[1]))
    expected = difference.mean("seed", skipna=False)
    error = difference.std("seed", ddof=1, skipna=False) / 2
    finite = np.isfinite(expected.values)
    assert finite.sum() > 50
    np.testing.assert_allclose(found.difference.values[finite], expected.values[finite], rtol=1e-12)
    np.testing.assert_allclose(found.standard_error.values[finite], error.values[finite], rtol=1e-9, atol=1e-15)
    better = xr.where(expected < -2 * error, 1, xr.where(expected > 2 * error, 2, 0))
    np.testing.assert_array_equal(found.better.values[finite], better.values[finite])
    assert found.first_better.item() == (found.better == 1).sum().item()
    assert found.seeds.item() == 4


def test_answers_about_a_part_are_those_of_the_part(path, result):
    part = result.sel(optimizer="adamw-pt", learning_rate=slice(0.01, 1)).isel(seed=[0, 2], beta2=0)
    (one,) = (one for one, place in each(path, "show", "--lr 0.01:1 --seed 0,2 --optimizer adamw-pt --at beta2=0.9"))
    same(part.lrscape.best().loss, one["best"]["loss"])
    row = result.isel(learning_rate=3, seed=1)
    assert row.lrscape.best().weight_decay.dims == ("optimizer", "beta2")
    up_to = result.sel(epoch=slice(None, 4)).drop_vars("epochs")
    (one, *_) = (one for one, _ in each(path, "show", "--epoch 4"))
    same(up_to.lrscape.best().loss[0, 0], one["best"]["loss"])


def test_runs_of_fewer_epochs_count_at_their_own_end():
    grid = {"lr": [0.01, 0.1], "wd": [0.1, 1], "seeds": 2, "problem": PROBLEM, "record": "epoch"}
    both = lrscape.sweep(epochs=[2, 5], **grid).lrscape.best().loss
    for epochs in (2, 5):
        same(both.sel(epochs=epochs), lrscape.sweep(epochs=epochs, **grid).lrscape.best().loss)


def test_what_is_not_a_map_is_refused(result):
    with pytest.raises(ValueError, match="no result of a sweep"):
        lrscape.bound("cosine", 10).lrscape.best()
    with pytest.raises(ValueError, match="no coordinate seed"):
        result.isel(seed=0, drop=True).lrscape.best()
    with pytest.raises(ValueError, match="either wd or product"):
        result.lrscape.slice()


def test_comparisons_pair_maps_by_their_labels(result):
    expected = result.lrscape.compare(result.isel(seed=[0, 1]))
    for other in (result.isel(optimizer=[1, 0]), result.isel(beta2=[1, 0]), result.transpose("beta2", "optimizer", ...)):
        found = result.lrscape.compare(other.isel(seed=[0, 1]))
        np.testing.assert_array_equal(found.difference, expected.difference)
        assert (found.first_better == 0).all() and (found.second_better == 0).all()
    one = result.sel(optimizer=["adamw-lh"], beta2=[0.9])  # A single map is compared with each.
    assert result.lrscape.compare(one).sel(optimizer="adamw-lh", beta2=0.9).difference_of_best == 0


def test_maps_without_a_partner_are_not_compared(result):
    part, other = result.isel(beta2=[0]), result.assign_coords(beta2=[0.9, 0.5])
    with pytest.raises(ValueError, match="the other result has no map of optimizer=adamw-pt, beta2=0.99"):
        result.lrscape.compare(part)
    with pytest.raises(ValueError, match="this result has no map of optimizer=adamw-pt, beta2=0.99"):
        part.lrscape.compare(result)
    with pytest.raises(ValueError, match="no map of optimizer=adamw-pt, beta2=0.99"):
        result.lrscape.compare(other)
    with pytest.raises(ValueError, match="select one map of the other"):
        result.lrscape.compare(result.isel(beta2=0))


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({"wd": -1}, "wd -1 is outside the weight decays of the map, 0.001 to 1"),
        ({"wd": math.nan}, "wd nan is outside"),
        ({"wd": 1e9}, "is outside"),
        ({"product": -1}, "product -1 gives no learning rate a weight decay on the map"),
        ({"wd": 0.01, "within": 0}, "within must be above 0 and below 1, not 0"),
        ({"wd": 0.01, "within": 1}, "within must be above 0 and below 1"),
        ({"wd": 0.01, "within": math.nan}, "within must be above 0 and below 1"),
        ({"wd": "0.01"}, "wd must be a number, not '0.01'"),
    ],
)
def test_slices_beside_the_map_are_refused(result, held, words):
    with pytest.raises(ValueError, match=words):
        result.lrscape.slice(**held)


def test_runs_that_would_count_twice_are_refused(result):
    for axis, words in (("seed", "the seed 0 twice"), ("learning_rate", "the learning rate 0.001 twice")):
        twice = xr.concat([result, result.isel({axis: [0]})], axis)
        for ask in (twice.lrscape.best, twice.lrscape.slope, lambda twice=twice: twice.lrscape.compare(result)):
            with pytest.raises(ValueError, match=words):
                ask()


def test_answers_read_coordinates_and_losses_of_any_real_type(result, tmp_path):
    half = result.assign(validation_loss=result.validation_loss.astype(np.float16))
    half = half.assign_coords(seed=half.seed.astype(float))
    assert half.lrscape.best().loss.dims == ("optimizer", "beta2")
    half.lrscape.report(tmp_path / "half.html")
    with pytest.raises(ValueError, match="seed must hold real numbers"):
        result.assign_coords(seed=list("abcd")).lrscape.best()
    with pytest.raises(ValueError, match="figure must be a figure"):
        result.lrscape.plot(figure="axes")


def taken_apart(page):
    """The description of a page, and the rest of the page."""
    before, _, after = page.read_text().partition('<script type="application/json" id="description">')
    description, _, rest = after.partition("</script>")
    return json.loads(description), before + rest


def test_reports_are_those_of_the_program(path, result, tmp_path):
    run_program(f"report {path} --out {tmp_path / 'program.html'}")
    result.lrscape.report(tmp_path / "package.html", name=str(path))
    (expected, rest), (found, own) = (taken_apart(tmp_path / f"{name}.html") for name in ("program", "package"))
    assert expected.pop("command_line").startswith("lrscape report ")
    assert found.pop("command_line").startswith("dataset.lrscape.report(")
    # Program and package may have been built at different commits.
    assert expected.pop("commit") and found.pop("commit")
    assert found == expected and own == rest


def test_reports_show_parts_and_several_results(path, result, tmp_path):
    page = tmp_path / "page.html"
    result.isel(optimizer=0, beta2=0).lrscape.report(page, result, title="Two")
    description, _ = taken_apart(page)
    assert description["title"] == "Two"
    assert [one["path"] for one in description["results"]] == [str(path), str(path)]
    assert [len(one["maps"]) for one in description["results"]] == [1, result.optimizer.size * result.beta2.size]
    with pytest.raises(ValueError, match="no result of a sweep"):
        lrscape.bound("cosine", 10).lrscape.report(page)
    page.write_text("notes")
    with pytest.raises(ValueError, match="is not a report"):
        result.lrscape.report(page)
    assert page.read_text() == "notes"
