"""Tests lrscape.schedule and the way to and from PyTorch and Optax, if they are installed."""

import math
import warnings

import numpy as np
import pytest

import lrscape
from program import run_program

DATA = (np.random.default_rng(1).normal(size=(20, 3)), np.arange(20.0))
GRID = {"lr": [0.01, 0.1], "wd": 0.1, "epochs": 5, "batch": 4, "validation": 0.2}
STEPS = 20  # Five epochs of 16 rows in batches of 4.


@pytest.mark.parametrize(
    "text", ["wsd:cooldown=0.3,warmup=5", "cosine:final=0.1", "piecewise:milestones=5/9,factors=0.5/0.1"]
)
def test_a_schedule_has_the_values_that_the_program_prints(text):
    printed = run_program(f"schedule {text} --steps 40").stdout.splitlines()[1:]
    np.testing.assert_array_equal(lrscape.schedule(text, 40), [float(line) for line in printed])


def test_functions_count_steps_from_zero_and_arrays_are_multipliers():
    np.testing.assert_array_equal(lrscape.schedule(lambda step: 1 - step / 4, 4), [1, 0.75, 0.5, 0.25])
    np.testing.assert_array_equal(lrscape.schedule([1, 0.5, 0.25]), [1, 0.5, 0.25])
    np.testing.assert_array_equal(lrscape.schedule(np.float32([1, 0.5, 0.25]), steps=2), [1, 0.5])


@pytest.mark.parametrize(
    ("schedule", "steps", "words"),
    [
        ("linear", None, "no steps given"),
        (lambda step: 1.0, None, "no steps given"),
        ("linear,cosine", 5, "names 2 schedules"),
        ("wsd:cooldwn=0.2", 5, "cooldown"),
        ([1.0, 0.5], 5, r"fewer values \(2\) than steps \(5\)"),
        ([1.0, -0.5], 2, "0"),
        ([[1.0, 0.5]], 2, "shape"),
        (["a", "b"], 2, "real numbers"),
    ],
)
def test_what_is_no_schedule_is_refused(schedule, steps, words):
    with pytest.raises(ValueError, match=words):
        lrscape.schedule(schedule, steps)


def test_every_form_of_a_schedule_trains_the_same_runs():
    expected = lrscape.sweep(*DATA, schedule="linear", **GRID).validation_loss.values
    eta = lrscape.schedule("linear", STEPS)
    for schedule in (eta, list(eta), lambda step: 1 - step / STEPS, {"mine": eta}, [eta]):
        found = lrscape.sweep(*DATA, schedule=schedule, **GRID)
        np.testing.assert_array_equal(found.validation_loss.values, expected)


def test_several_schedules_are_an_axis_with_their_names():
    def halved(step):
        return 0.5

    eta = np.ones(STEPS)
    result = lrscape.sweep(*DATA, schedule=["linear", halved, eta, eta / 2], **GRID)
    assert result.schedule.values.tolist() == ["linear", "custom:halved", "custom:array", "custom:array-2"]
    losses = result.validation_loss.transpose("schedule", ...)
    np.testing.assert_array_equal(losses[1], losses[3])  # Both are 0.5 at all steps.
    named = lrscape.sweep(*DATA, schedule={"flat": eta, "half": eta / 2}, **GRID)
    assert named.schedule_name.values.tolist() == ["custom", "custom"]
    np.testing.assert_array_equal(named.validation_loss.sel(schedule="custom:half"), losses[1])


def test_a_scheduler_of_pytorch_walks_through_the_multipliers():
    torch = pytest.importorskip("torch")
    weights = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.25)
    eta = lrscape.schedule("wsd:cooldown=0.4,warmup=3", 12)
    scheduler = lrscape.torch_scheduler(optimizer, eta)
    assert isinstance(scheduler, torch.optim.lr_scheduler.LambdaLR)
    rates = []
    for _ in range(14):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_array_equal(rates[:12], 0.25 * eta)
    assert rates[12:] == [0.25 * eta[-1]] * 2


def test_a_scheduler_of_pytorch_is_a_schedule_and_stays_unchanged():
    torch = pytest.importorskip("torch")
    schedulers = torch.optim.lr_scheduler
    weights = torch.zeros(1, requires_grad=True)

    def optimizer():
        return torch.optim.AdamW([weights], lr=0.5)

    for make, expected in (
        (lambda o: schedulers.CosineAnnealingLR(o, T_max=8), [0.5 * (1 + math.cos(math.pi * t / 8)) for t in range(8)]),
        (lambda o: schedulers.StepLR(o, step_size=3, gamma=0.1), [0.1 ** (t // 3) for t in range(8)]),
        (lambda o: lrscape.torch_scheduler(o, "linear", 8), [1 - t / 8 for t in range(8)]),
    ):
        scheduler = make(optimizer())
        before = (scheduler.state_dict().get("last_epoch"), scheduler.get_last_lr())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = lrscape.schedule(scheduler, 8)
        np.testing.assert_allclose(found, expected, rtol=1e-12)  # PyTorch multiplies step by step.
        assert (scheduler.state_dict().get("last_epoch"), scheduler.get_last_lr()) == before
    scheduler.step()
    with pytest.raises(ValueError, match="already made 1 steps"):
        lrscape.schedule(scheduler, 8)


def test_a_sweep_with_schedule_and_names_of_pytorch_follows_pytorch():
    torch = pytest.importorskip("torch")
    features, targets = DATA
    result = lrscape.sweep(
        features, targets, validation=(features, targets), optimizer="adamw-pt", lr=0.1, weight_decay=0.3,
        betas=(0.8, 0.9), eps=1e-6, schedule="cosine", batch="full", epochs=STEPS, precision="fp64",
        save_weights=True,
    )  # fmt: skip
    weights = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.AdamW([weights], lr=0.1, weight_decay=0.3, betas=(0.8, 0.9), eps=1e-6)
    scheduler = lrscape.torch_scheduler(optimizer, "cosine", STEPS)
    A, b = torch.tensor(features), torch.tensor(targets)
    for _ in range(STEPS):
        optimizer.zero_grad()
        ((A @ weights - b) ** 2).mean().backward()
        optimizer.step()
        scheduler.step()
    # Twenty steps add up rounding errors of 1e-16 each.
    np.testing.assert_allclose(result.weights.values.ravel(), weights.detach().numpy(), rtol=1e-12)


def test_a_function_may_return_an_array_without_dimensions():
    class Scalar:  # As of JAX or PyTorch.
        shape = ()

        def item(self):
            return 0.5

    assert lrscape.schedule(lambda step: Scalar(), 3).tolist() == [0.5, 0.5, 0.5]


def test_a_schedule_of_optax_goes_both_ways():
    optax = pytest.importorskip("optax")
    jax = pytest.importorskip("jax")
    theirs = optax.cosine_decay_schedule(init_value=1.0, decay_steps=10)
    # Single precision.
    np.testing.assert_allclose(lrscape.schedule(theirs, 10), lrscape.schedule("cosine", 10), rtol=1e-6)
    ours = lrscape.optax_schedule("linear", 10, lr=0.5)
    rates = [float(jax.jit(ours)(step)) for step in range(12)]
    np.testing.assert_allclose(rates[:10], 0.5 * (1 - np.arange(10) / 10), rtol=1e-6)
    assert rates[10:] == rates[9:10] * 2
    update = optax.sgd(ours).update(jax.numpy.ones(1), optax.sgd(ours).init(jax.numpy.zeros(1)))[0]
    assert float(update[0]) == pytest.approx(-0.5)
