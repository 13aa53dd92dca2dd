"""Tests the heatmaps, on stores made with zarr-python."""

import math
import warnings

import matplotlib.image
import numpy as np
import pytest
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

import lrscape
from lrscape import heatmap, plot_heatmaps
from lrscape.cell_axis import cell_axis, hatched, set_log_axis
from lrscape.panels import panels_of
from made_results import DECAYS, RATES, figure_of, result_of, store, valley, write_store  # noqa: F401


def test_cell_edges_are_geometric_midpoints():
    cells = cell_axis(np.array([1.0, 4.0, 64.0]))
    np.testing.assert_allclose(10**cells.edges, [0.5, 2, 16, 256])
    np.testing.assert_array_equal(cells.source, [0, 1, 2])


@pytest.mark.parametrize(
    "values", [[0.1], [0.0], [0.0, 0.1], [0.0, 0.1, 1.0], [5e-324, 1e-200, 1e308], [0.0, 5e-324]]
)
def test_every_value_has_a_cell_around_it_with_a_strip_for_zero(values):
    cells = cell_axis(np.array(values))
    assert (np.diff(cells.edges) > 0).all()
    assert len(cells.source) == len(cells.edges) - 1
    assert [index for index in cells.source if index >= 0] == list(range(len(values)))
    for index, value in enumerate(values):
        cell = list(cells.source).index(index)
        assert cells.edges[cell] < cells.at(value) < cells.edges[cell + 1]
        assert value == 0 or cells.at(value) == pytest.approx(math.log10(value))
    gaps = 1 if 0 in values and len(values) > 1 else 0
    assert list(cells.source).count(-1) == gaps


# The cases of ColorScale in tests/color_scale_test.cpp, since the terminal uses the same rule.
@pytest.mark.parametrize(
    ("losses", "limits"),
    [
        ([1000, 1, 4, 2], (1, 16)),  # The median above 1 is 4, the geometric mean of 1 and 16.
        ([100, -1, 3, 0], (-1, 7)),
        ([100, 0, 3, 1], (0, 6)),
        ([1, 10, 10, 20], (1, 20)),
        ([1e-300, 1e200, 1e200, 1e300], (1e-300, 1e300)),
        ([1, 2, 4, 1e300], (1, 16)),
        ([np.inf, 1, np.nan, 2, 4, np.inf, 1000], (1, 16)),
        ([3, np.inf, 3], (3, 3)),
    ],
)
def test_the_colour_scale_is_that_of_the_terminal(losses, limits):
    halves = [np.array(losses[:2], dtype=float), np.array(losses[2:], dtype=float)]
    assert heatmap.colour_limits(halves) == limits


def test_the_colour_scale_is_linear_unless_every_loss_is_positive_and_never_empty():
    assert isinstance(heatmap.colour_norm((1, 16)), LogNorm)
    assert not isinstance(heatmap.colour_norm((0, 6)), LogNorm)
    for limits in [(3, 3), (0, 0), None]:
        norm = heatmap.colour_norm(limits)
        assert norm.vmax > norm.vmin
    assert heatmap.colour_limits([np.array([np.inf, np.nan])]) is None


@pytest.mark.parametrize(
    "limits",
    [(0.14, 0.3), (0.4, 300), (0.4, 900), (3, 3.03), (1e-9, 1e-2), (1e3, 5e3), (1e-300, 1e300)],
)
def test_the_colour_bar_has_several_ticks_all_of_them_on_it(limits):
    ticks, _ = heatmap.colour_ticks(*limits)
    assert 2 <= len(ticks) <= 12
    assert limits[0] <= min(ticks) and max(ticks) <= limits[1]


def legends(figure):
    """The lines of each panel's legend (the colour bar has no legend)."""
    return [
        [text.get_text() for text in axes.get_legend().get_texts()]
        for axes in figure.axes
        if axes.get_legend()
    ]


def test_panels_are_named_for_people_and_share_one_colour_scale(store):
    figure = figure_of(store, title="Both")
    first, second, bar = figure.axes
    assert [first.get_title(), second.get_title()] == ["AdamW-PT", "AdamW-LH"]
    assert first.collections[0].norm is second.collections[0].norm
    assert bar.get_ylabel() == "validation loss (bright is best)"
    assert first.collections[0].cmap.name == "viridis_r"  # The terminal's colours, bright for low.
    assert figure.get_suptitle() == "Both"
    # 10^-0.4, times 1.1 and 0.1 / sqrt(3).
    assert legends(figure)[0][0].startswith("best 0.438 ± 0.023\nat α = 0.1, λ = 0.1")
    # A seed scales the whole map, so the slope has no error.
    assert "slope −1.00 [−1.00, −1.00]\nfor α from 0.001 to 1" in legends(figure)[0]
    assert "slope 0.00 [0.00, 0.00]\nfor α from 0.0001 to 1" in legends(figure)[1]


@pytest.mark.parametrize(("slope", "text"), [(-1, "−1.00"), (-0.004, "0.00"), (0.005001, "0.01")])
def test_a_slope_is_written_with_a_minus_sign_and_no_negative_zero(slope, text):
    one = {"slope": slope, "low": math.nan, "high": math.nan}
    assert heatmap.slope_text(one) == f"slope {text}"
    assert heatmap.slope_text({**one, "low": -0.001, "high": 2}) == f"slope {text} [0.00, 2.00]"


def test_the_legend_says_diverged_and_not_run_only_where_there_is_some(tmp_path):
    values = valley(0, 0)
    clean = write_store(tmp_path / "clean.zarr", {"sgd": values})
    values = values.copy()
    values[0, 0], values[1, 1] = np.inf, np.nan
    marked = write_store(tmp_path / "marked.zarr", {"sgd": values})
    figure = figure_of(clean, marked)
    lines = legends(figure)
    assert not {"diverged", "not run"} & set(lines[0])
    assert {"diverged", "not run"} <= set(lines[1])
    assert [axes.get_title() for axes in figure.axes[:2]] == ["SGD (clean)", "SGD (marked)"]
    assert not figure.axes[0].patches
    (hatch,) = figure.axes[1].patches
    assert hatch.get_path().contains_point(np.log10([RATES[0], DECAYS[0]]))
    assert not hatch.get_path().contains_point(np.log10([RATES[1], DECAYS[1]]))


def test_the_star_and_the_colours_are_where_the_losses_are(tmp_path):
    # Unequal axes, so that a transposed map cannot pass.
    rates, decays = np.array([1e-3, 1e-2]), np.array([0.0, 0.1, 1.0])
    values = np.arange(1.0, 7.0).reshape(2, 3, 1)[::-1]
    path = write_store(tmp_path / "x.zarr", {"sgd": values}, rates=rates, decays=decays)
    figure = figure_of(path)
    axes = figure.axes[0]
    shown = axes.collections[0].get_array()
    # Rows from below: weight decay 0, the gap, 0.1 and 1; columns: the two learning rates.
    np.testing.assert_array_equal(shown.filled(-1), [[4, 1], [-1, -1], [5, 2], [6, 3]])
    star = next(line for line in axes.lines if line.get_marker() == "*")
    cells = cell_axis(decays)
    assert star.get_xdata()[0] == -2  # log10 of the learning rate
    assert cells.edges[0] < star.get_ydata()[0] < cells.edges[1]
    assert "0" in [label.get_text() for label in axes.get_yticklabels()]


def test_an_unfinished_result_shows_the_mean_over_the_seeds_that_have_run(tmp_path):
    values = valley(0, 0, seeds=3)
    values[..., 2] = np.nan  # The last seed has not run at all, the second in two cells only.
    values[2:, :, 1] = np.nan
    values[2, 0, 1], values[3, 1, 1] = 9, np.inf
    values[4, 0] = np.nan
    path = write_store(tmp_path / "half.zarr", {"sgd": values})
    figure = figure_of(path)
    shown = figure.axes[0].collections[0].get_array()
    expected = values[..., 0].copy()
    expected[:2] = values[:2, :, :2].mean(-1)
    expected[2, 0] = (values[2, 0, 0] + 9) / 2
    expected[3, 1] = expected[4, 0] = np.nan  # Diverged, and not run.
    np.testing.assert_allclose(shown.filled(np.nan), expected.T, rtol=1e-6)  # Stored in float32.
    lines = legends(figure)[0]
    assert {"mean of 1 to 2 of 3 seeds", "diverged (any seed)", "not run"} <= set(lines)


def test_ridges_and_slopes_are_drawn_at_the_ends_of_a_double(tmp_path):
    # The best weight decay is 1 for every learning rate, sixty decades apart.
    rates, decays = 10.0 ** np.arange(-300, 301, 60), 10.0 ** np.arange(-2, 3)
    values = np.repeat(valley(0, 0, rates=[0.1], decays=decays), len(rates), axis=0)
    path = write_store(tmp_path / "x.zarr", {"sgd": values}, rates=rates, decays=decays)
    figure = figure_of(path)
    assert "slope 0.00\nfor α from 1e-300 to 1e+300" in legends(figure)[0]
    ridge = figure.axes[0].lines[1]
    np.testing.assert_allclose(ridge.get_xdata(), np.arange(-300, 301, 60))
    np.testing.assert_allclose(ridge.get_ydata(), 0, atol=1e-15)  # The minimum of a parabola.


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (-4, 0, ["-4", "-3", "-2", "-1", "0"]),
        (-12, 2, ["-12", "-10", "-8", "-6", "-4", "-2", "0", "2"]),
        (-300, 300, ["-200", "0", "200"]),
    ],
)
def test_ticks_stand_at_round_powers_of_ten(low, high, labels):
    axes = Figure().subplots()
    set_log_axis(axes, "x", cell_axis(10.0 ** np.arange(low, high + 1)))
    shown = [label.get_text() for label in axes.get_xticklabels()]
    assert shown == [f"$10^{{{label}}}$" for label in labels]
    assert list(axes.get_xticks()) == [float(label) for label in labels]


def test_one_weight_decay_has_no_best_one(tmp_path):
    path = write_store(tmp_path / "one.zarr", {"sgd": valley(0, 0)[:, :1]}, decays=DECAYS[:1])
    (lines,) = legends(figure_of(path))
    assert len(lines) == 1 and lines[0].startswith("best ")


def test_a_loss_of_zero_is_drawn_on_a_linear_scale():
    values = [[[0.0], [2.0]], [[3.0], [4.0]]]
    axes = lrscape.plot(result_of({"sgd": values}, RATES[:2], DECAYS[:2]), figure=Figure())
    mesh = axes[0].collections[0]
    np.testing.assert_array_equal(mesh.get_array().filled(-1), [[0, 3], [2, 4]])
    assert not isinstance(mesh.norm, LogNorm)
    assert (mesh.norm.vmin, mesh.norm.vmax) == (0, 4)  # 3 + 3, but no more than the worst


def test_panels_are_read_with_ascending_axes(tmp_path):
    values = valley(-1, -2)[::-1, ::-1]
    path = write_store(
        tmp_path / "down.zarr", {"sgd": values}, rates=RATES[::-1], decays=DECAYS[::-1]
    )
    (panel,) = plot_heatmaps.read_panels([str(path)], None)
    np.testing.assert_array_equal(panel.rates, RATES)
    np.testing.assert_array_equal(panel.decays, DECAYS)
    np.testing.assert_allclose(panel.losses, valley(-1, -2), rtol=1e-6)  # Stored in float32.


def test_a_hatch_covers_the_diverged_cells_and_no_other():
    diverged = np.array([[True, False], [False, True], [True, True]])
    edges_x, edges_y = np.array([1.0, 2, 3]), np.array([1.0, 2, 3, 4])
    patch = hatched(edges_x, edges_y, diverged, hatch="//")
    covered = [
        [patch.get_path().contains_point((x + 1.5, y + 1.5)) for x in (0, 1)] for y in (0, 1, 2)
    ]
    np.testing.assert_array_equal(covered, diverged)


@pytest.mark.parametrize(
    ("rates", "decays", "fill"),
    [
        (RATES[:2], DECAYS[:2], None),
        (RATES[:1], DECAYS, None),
        (RATES[:1], [0.0], None),
        (RATES, DECAYS, np.inf),
        (RATES[::-1], np.r_[1.0, 0.0, 0.1], None),  # Not ascending.
        (10.0 ** np.arange(-12, 3), DECAYS, 0.0),  # Fifteen decades; a loss of exactly 0.
        (np.array([5e-324, 1e-160, 1e160, 1.7e308]), np.r_[0.0, 1e-200, 1e200], None),
        (np.array([1e-160, 1e-155, 1e155]), np.r_[1e-300, 1e300], 3e38),
    ],
)
def test_odd_grids_are_drawn_without_a_warning(tmp_path, rates, decays, fill):
    values = np.full((len(rates), len(decays), 1), fill)
    if fill is None:
        values = 1 + np.arange(values.size, dtype=float).reshape(values.shape)
    path = write_store(tmp_path / "odd.zarr", {"lion": values}, rates=rates, decays=decays)
    picture = tmp_path / "odd.png"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert plot_heatmaps.main([str(path), "--out", str(picture)]) == 0
    assert matplotlib.image.imread(picture).std() > 0


def test_the_accessor_draws_the_same_axes_into_a_figure_of_pyplot():
    from matplotlib import pyplot

    result = result_of({"adamw-pt": valley(-1, -2), "adamw-lh": valley(0, 0)})
    axes = result.lrscape.plot(title="Both")
    assert axes.shape == (2,) and axes[0].figure.number in pyplot.get_fignums()
    assert axes[0].figure.get_suptitle() == "Both"
    assert [len(panels_of(part)) for part in (result, result.isel(optimizer=0))] == [2, 1]
    pyplot.close("all")
