"""Tests the weights and the held-out rows that a result holds, against the data of the user."""

import numpy as np
import pytest

from program import opened, run_program

FEATURES = ["weight", "power"]


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A table with titles, whose fifth row lacks a value; returns its features and targets."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(3)
    features = random.normal(size=(20, 2))
    targets = features @ [1.5, -0.5] + random.normal(size=20) + 2
    rows = [f"{y!r},{a!r},{b!r}" for y, (a, b) in zip(targets.tolist(), features.tolist())]
    rows[4] = "1,,2"
    (tmp_path / "t.csv").write_text("\n".join(["mpg,weight,power", *rows]) + "\n")
    return features, targets


def sweep(options):
    run_program(
        f"sweep --data t.csv --target mpg --drop-missing --optimizer adamw-pt --epochs 5 {options} "
        "--batch 3 --lr 0.1,0.5 --wd 0,0.1 --seeds 2 --device cpu --out r.zarr"
    )
    return opened("r.zarr")


@pytest.mark.parametrize("precision, tolerance", [("fp64", 1e-13), ("fp32", 1e-6)])
def test_weights_give_the_losses_of_the_rows_of_each_part(table, precision, tolerance):
    features, targets = table
    dataset = sweep(f"--save-weights --train-loss --precision {precision}")
    weights = dataset["weights"]
    assert weights.dims[-1] == "feature" and dataset["feature"].values.tolist() == FEATURES
    split = dataset["split"]
    assert split.dims == ("row",) and split.dtype == np.uint8
    assert split.attrs["flag_meanings"] == "training validation left_out"
    # 30 % of the 19 complete rows are 6.
    assert np.bincount(split.values).tolist() == [13, 6, 1] and split.values[4] == 2
    for part, name in enumerate(("train_loss", "validation_loss")):
        rows = split.values == part
        errors = weights.values.astype(float) @ features[rows].T - targets[rows]
        np.testing.assert_allclose(dataset[name], (errors**2).mean(-1), rtol=tolerance)


def test_an_intercept_is_a_feature_of_this_name(table):
    dataset = sweep("--save-weights --intercept")
    assert dataset["feature"].values.tolist() == [*FEATURES, "intercept"]


def test_text_columns_name_the_feature_of_each_text(table, tmp_path):
    rows = ["1,usa,2", "2,japan,3", "4,usa,1", "3,japan,5", "3,japan,2", "1,usa,5"]
    (tmp_path / "t.csv").write_text("\n".join(["mpg,origin,x", *rows]) + "\n")
    dataset = sweep("--save-weights --one-hot")
    assert dataset["feature"].values.tolist() == ["origin=japan", "origin=usa", "x"]


def test_data_without_titles_have_no_names(table, tmp_path):
    (tmp_path / "t.csv").write_text("\n".join(f"{k % 3},{k * k % 7}.5,{k}" for k in range(12)))
    run_program(
        "sweep --data t.csv --target 1 --optimizer sgd --batch full --lr 1e-3 --wd 0 "
        "--device cpu --save-weights --out r.zarr"
    )
    dataset = opened("r.zarr")
    assert "feature" in dataset.dims and "feature" not in dataset.coords


def test_without_the_option_a_result_has_no_weights_but_the_split(table):
    dataset = sweep("")
    assert "weights" not in dataset and "feature" not in dataset.dims
    assert dataset["split"].size == 20


def test_a_synthetic_problem_has_no_split(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_program(
        "sweep --n 8 --n-val 4 --d 3 --batch 4 --epochs 1 --optimizer sgd --lr 0.1 --wd 0 "
        "--device cpu --save-weights --out r.zarr"
    )
    dataset = opened("r.zarr")
    assert "split" not in dataset and dataset["weights"].shape == (1, 1, 1, 1, 3)
