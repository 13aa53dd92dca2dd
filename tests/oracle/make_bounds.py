#!/usr/bin/env python3
"""Writes bounds.json: last-iterate bounds of SGD, computed with 50 digits, to test lrscape against.

The bound is Theorem 1 of Schaipp, Haegele, Taylor, Simsekli and Bach (ICML 2025), in its literal
form. Every case asserts that the bound after summation by parts, which lrscape evaluates, agrees.
Schedules are evaluated with the same precision, from parameters that are doubles.

    pip install mpmath gmpy2
    python make_bounds.py [bounds.json]
"""

import json
import math
import pathlib
import random
import sys
from fractions import Fraction

import mpmath
from mpmath import mpf

DIGITS = 50
mpmath.mp.dps = DIGITS


def piecewise(t, steps, milestones, factors):
    pairs = zip(milestones.split("/"), factors.split("/"))
    return mpmath.fprod(mpf(float(f)) for m, f in pairs if int(m) < t)


# name: eta(t, T, **parameters)
SCHEDULES = {
    "constant": lambda t, steps: mpf(1),
    "linear": lambda t, steps: 1 - mpf(t - 1) / steps,
    "poly-decay": lambda t, steps, p="1": (1 - mpf(t - 1) / steps) ** mpf(float(p)),
    "cosine": lambda t, steps: (1 + mpmath.cospi(mpf(t - 1) / steps)) / 2,
    "sqrt": lambda t, steps: 1 / mpmath.sqrt(t),
    "power": lambda t, steps, p="0.5": mpf(t) ** -mpf(float(p)),
    "exponential": lambda t, steps, r="0.01": mpf(float(r)) ** (mpf(t - 1) / steps),
    "wsd": lambda t, steps: mpf(1),
    "piecewise": piecewise,
}
COOLDOWNS = {
    "linear": lambda x: 1 - x,
    "sqrt": lambda x: 1 - mpmath.sqrt(x),
    "cosine": lambda x: (1 + mpmath.cospi(x)) / 2,
}


def steps_of(text, steps):
    """A schedule after its warmup, with its cooldown from the value reached to the final value."""
    name, _, rest = text.partition(":")
    given = dict(part.split("=") for part in rest.split(",")) if rest else {}
    warmup, final = int(given.pop("warmup", 0)), mpf(float(given.pop("final", 0)))
    fraction = Fraction(given.pop("cooldown", "1/5" if name == "wsd" else "0"))
    length = int(given.pop("cooldown-steps", math.floor(fraction * (steps + 1))))
    shape = COOLDOWNS[given.pop("shape", "linear")]

    def plain(t):
        return SCHEDULES[name](t - warmup, steps - warmup, **given)

    last = steps + 1 - length
    values = [mpf(t) / (warmup + 1) for t in range(1, warmup + 1)]
    for t in range(warmup + 1, steps + 1):
        if t <= last:
            value = plain(t)
        else:
            value = plain(max(last, warmup + 1)) * shape(mpf(t - last) / length)
        values.append(final + (1 - final) * value)
    return values


def norms_of(norms, steps):
    if "constant" in norms:
        return [mpf(norms["constant"])] * steps
    if "values" in norms:
        return [mpf(value) for value in norms["values"]]
    g1, a1, g2, a2, b = (mpf(norms["law"][key]) for key in ("G1", "A1", "G2", "A2", "B"))
    return [g1 * mpmath.exp(a1 * t) + g2 * mpf(t) ** a2 + b for t in range(1, steps + 1)]


def at_horizon(eta, norms, t, distance, gamma):
    """The theorem's bound and its three terms at gamma, and the best gamma with its bound."""
    tail = squares = last = by_parts = mpf(0)
    for k in range(t - 1, -1, -1):
        after, square = tail, (eta[k] * norms[k]) ** 2
        tail += eta[k]
        squares += square
        if k == t - 1:
            by_parts = eta[k] * norms[k] ** 2
        elif eta[k] > 0:
            last += eta[k] / after / tail * squares
            by_parts += square / after
    noise = squares / tail + last
    assert abs(noise - by_parts) <= noise * mpf(10) ** (20 - DIGITS), "the two forms differ"
    a, b = mpf(distance) ** 2 / (2 * tail), noise / 2
    gamma = mpf(gamma)
    return {
        "omega": a / gamma + b * gamma,
        "terms": [a / gamma, gamma * squares / tail / 2, gamma * last / 2],
        "gamma_opt": mpmath.sqrt(a / b),
        "omega_opt": 2 * mpmath.sqrt(a * b),
    }


def as_double(value):
    return [as_double(entry) for entry in value] if isinstance(value, list) else float(value)


def case(schedule, steps, horizons, norms=None, distance=1.0, gamma=0.01, eta=None):
    norms = norms or {"constant": 1.0}
    values = [mpf(value) for value in eta] if eta else steps_of(schedule, steps)
    norm_values = norms_of(norms, steps)
    rows = []
    for t in sorted({t for t in horizons if 1 <= t <= steps}):
        row = {"t": t, "omega_opt": None}
        if values[t - 1] > 0:
            found = at_horizon(values, norm_values, t, distance, gamma)
            row |= {key: as_double(value) for key, value in found.items()}
        rows.append(row)
    result = {"schedule": schedule, "steps": steps, "norms": norms, "distance": distance}
    result |= {"gamma": gamma, "horizons": rows}
    return result | ({"eta": eta} if eta else {})


def ordinary():
    schedules = [
        "constant", "linear", "poly-decay:p=2", "poly-decay:p=0.5", "poly-decay:p=30", "cosine",
        "sqrt", "power:p=0.75", "power:p=2", "exponential:r=0.01", "exponential:r=1e-200",
        "wsd:cooldown=0.2", "wsd:cooldown=1,shape=sqrt", "wsd:cooldown=0.5,shape=cosine",
        "piecewise:milestones=1,factors=0.5", "linear:final=1e-300", "cosine:final=1e-300",
        "wsd:final=0.1",
    ]  # fmt: skip
    for schedule in schedules:
        for steps in (1, 2, 3, 7, 100, 1000):
            if steps == 1 and schedule.startswith("piecewise"):
                continue
            yield case(schedule, steps, (1, 2, 3, steps // 2, steps - 1, steps))
    warm = ["linear:warmup=10", "cosine:warmup=30,final=0.01", "sqrt:warmup=20", "power:warmup=7"]
    warm += ["wsd:warmup=10,cooldown=0.3,shape=sqrt", "exponential:r=0.001,warmup=50"]
    warm += ["poly-decay:p=3,warmup=5", "piecewise:milestones=10/60,factors=0.5/0.1,warmup=20"]
    warm += ["sqrt:warmup=20,cooldown=0.29", "cosine:warmup=9,cooldown=0.3,shape=sqrt,final=0.1"]
    warm += ["linear:cooldown-steps=25,shape=cosine", "power:p=0.3,cooldown=1"]
    warm += ["piecewise:milestones=10/60,factors=0.5/0.1,warmup=20,cooldown-steps=17"]
    for schedule in warm:
        for steps in (100, 1000):
            yield case(schedule, steps, (1, 5, 20, 31, 77, steps - 1, steps), gamma=0.5)


def long():
    some = (1, 2, 77, 1000, 5000, 9999, 10000, 33333, 54321, 99999, 100000)
    for schedule in ("constant", "poly-decay:p=2", "piecewise:milestones=3000,factors=0.1"):
        yield case(schedule, 10000, some)
    schedules = ["linear", "cosine", "sqrt", "power:p=0.75", "exponential:r=1e-6"]
    schedules += ["wsd:warmup=300", "wsd:cooldown=0.4,shape=sqrt"]
    for schedule in schedules:
        yield case(schedule, 100000, some)


def hard():
    generator = random.Random(0)
    decades = [10.0 ** generator.uniform(-100, 100) for _ in range(80)]
    every = range(1, 81, 4)
    for eta in (decades, sorted(decades), sorted(decades, reverse=True)):
        yield case("custom", 80, every, eta=eta, gamma=1.0)
    yield case("custom", 40, range(1, 41, 3), eta=[1e-200] * 20 + [1.0] * 20)
    yield case("custom", 9, range(1, 10), eta=[1.0] * 4 + [1e150] + [1.0] * 4, gamma=1e-6)
    yield case("custom", 9, range(1, 10), eta=[1.0] * 4 + [1e-150] + [1.0] * 4, gamma=1e3)
    yield case("custom", 8, range(1, 9), eta=[0.0, 1.0, 0.5, 0.0, 0.0, 0.25, 2.0, 0.0])
    zeros = {"values": [1.0, 0.0, 2.0, 0.0, 0.0, 3.0, 1.0, 0.5]}
    for schedule in ("linear", "sqrt", "wsd:cooldown=0.5"):
        yield case(schedule, 8, range(1, 9), norms=zeros, distance=3.0)
    law = {"law": {"G1": 2.0, "A1": -0.05, "G2": 1.5, "A2": -0.5, "B": 0.25}}
    rising = {"law": {"G1": 0.0, "A1": 0.0, "G2": 0.5, "A2": 0.7, "B": 0.0}}
    for norms in (law, rising):
        for schedule in ("cosine", "wsd:warmup=10", "power:p=0.3"):
            yield case(schedule, 1000, (1, 10, 11, 500, 1000), norms=norms, distance=7.0)


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "bounds.json"
    cases = [*ordinary(), *long(), *hard()]
    head = {"made_by": "make_bounds.py", "mpmath": mpmath.__version__, "digits": DIGITS}
    lines = ",\n".join(json.dumps(one) for one in cases)
    pathlib.Path(path).write_text(json.dumps(head)[:-1] + ', "cases": [\n' + lines + "\n]}\n")
    print(f"{len(cases)} cases, {sum(len(one['horizons']) for one in cases)} horizons")


if __name__ == "__main__":
    main()
