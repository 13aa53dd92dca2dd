"""Heatmaps of the final validation loss over learning rate and weight decay.

    python -m lrscape.plot_heatmaps pt.zarr lh.zarr --out heatmaps.png

One panel for each optimizer of each result and each value of its further axes, such as beta2, on one
colour scale, whose bright end is the best loss. Of an unfinished result, a cell shows the mean over
the seeds that have run.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from lrscape.heatmap import DOTS_PER_INCH, draw
from lrscape.panels import Panel, panels_of, printable, selected


def read_panels(paths: list[str], optimizer: str | None, at: str = "") -> list[Panel]:
    """The panels to draw: for each path, each optimizer and each setting of the further axes."""
    panels = []
    optimizers: dict[str, None] = {}  # In the order found.
    for path in paths:
        try:
            dataset = xr.open_dataset(path, engine="lrscape")
            optimizers |= dict.fromkeys(str(name) for name in dataset["optimizer"].values)
            found = panels_of(selected(dataset, at), Path(path).resolve().name.removesuffix(".zarr"))
        except (OSError, ValueError, KeyError) as error:
            text = str(error)
            raise ValueError(text if str(path) in text else f"{path}: {text}") from error
        panels += [panel for panel in found if optimizer in (None, panel.optimizer)]
    if not panels:
        nearest = difflib.get_close_matches(str(optimizer), optimizers, n=1)
        hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
        raise ValueError(f"no optimizer '{optimizer}' here; there is {', '.join(optimizers)}{hint}")
    return panels


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", metavar="PATH", help="result of `lrscape sweep`")
    parser.add_argument("--out", required=True, metavar="FILE", help="picture (png, svg, pdf)")
    parser.add_argument(
        "--optimizer", metavar="NAME", help="only this one, of those in the results"
    )
    parser.add_argument(
        "--at",
        metavar="AXIS=VALUE,...",
        default="",
        help="only the maps with these values, such as beta2=0.99 (default: all of them)",
    )
    parser.add_argument("--title", help="above all panels")
    options = parser.parse_args(arguments)
    try:
        figure = Figure(dpi=DOTS_PER_INCH)
        draw(figure, read_panels(options.paths, options.optimizer, options.at), options.title)
        try:
            figure.savefig(options.out)
        except (OSError, ValueError) as error:
            raise ValueError(f"{options.out}: cannot be written ({error})") from error
    except ValueError as error:
        print(f"plot_heatmaps: {printable(str(error))}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
