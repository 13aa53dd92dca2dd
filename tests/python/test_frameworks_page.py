"""Runs the whole of docs/from-jax-and-pytorch.md, whose blocks marked ``py`` need PyTorch and JAX."""

import pathlib
import re

import numpy as np
import pytest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/from-jax-and-pytorch.md"


@pytest.fixture(scope="module")
def names():
    """The variables of the page, after its checks have passed."""
    for framework in ("torch", "jax", "optax"):
        pytest.importorskip(framework)
    blocks = re.findall(r"^```py(?:thon)?\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 7
    variables = {}
    exec("\n".join(blocks), variables)
    return variables


def test_the_loops_of_the_page_train_the_same_models(names):
    # Both add up rounding errors of 1e-16 over 15 steps.
    np.testing.assert_allclose(names["in_torch"], names["in_jax"], rtol=1e-10)
    assert names["mean_loss"].squeeze().shape == names["in_jax"].shape


@pytest.mark.parametrize(
    ("optimizer", "rate", "decay", "epsilon"),
    [("adamw-pt", 1, 1, 2), ("adam-l2", 1, 2, 2), ("sgd", 0.5, 2, None), ("sgdw", 0.5, 2, None)],
)
def test_half_of_the_squared_error_is_converted_as_the_page_says(names, optimizer, rate, decay, epsilon):
    import jax
    import lrscape
    import optax

    lr, wd, eps, steps = 0.02, 0.3, 1e-2, 12
    X, y = names["X"], names["y"]
    decayed = optax.add_decayed_weights(wd)
    theirs = {
        "adamw-pt": optax.adamw(lr, eps=eps, weight_decay=wd),
        "adam-l2": optax.chain(decayed, optax.adam(lr, eps=eps)),
        "sgd": optax.chain(decayed, optax.sgd(lr, momentum=0.9, nesterov=True)),
        "sgdw": optax.chain(
            optax.trace(0.9, nesterov=True), decayed, optax.scale_by_learning_rate(lr)
        ),
    }[optimizer]
    w = jax.numpy.zeros(X.shape[1])
    state = theirs.init(w)
    for _ in range(steps):
        gradient = jax.grad(lambda w: optax.l2_loss(X @ w, y).mean())(w)
        updates, state = theirs.update(gradient, state, w)
        w = optax.apply_updates(w, updates)
    own = {"momentum": 0.9, "nesterov": True} if epsilon is None else {"eps": epsilon * eps}
    result = lrscape.sweep(
        X, y, validation=(X, y), optimizer=optimizer, lr=rate * lr, wd=decay * wd, epochs=steps, batch="full",
        precision="fp64", save_weights=True, gram="off", **own,
    )  # fmt: skip
    # Twelve steps add up rounding errors of 1e-16 each.
    np.testing.assert_allclose(result.weights.values.ravel(), w, rtol=1e-11)
