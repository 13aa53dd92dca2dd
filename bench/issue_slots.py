"""Issue slots of the training kernels, from their machine code.

A multiprocessor of an H100 issues four warp instructions per clock. The warp instructions of one
step therefore bound a kernel's speed from above. This module walks the code that ptxas made for
sm_90. It counts an instruction once for each round of its loops, and once for each of the block's
eight warps that executes it. It does not count code for rare cases: quotients outside the range of
straight code, and diverged warps.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from control_flow import Graph
from machine_code import functions_at, machine_code, text_at

SCHEDULERS = 4
WARPS = 8
THREADS = 32 * WARPS


@dataclass(frozen=True)
class Shape:
    """The properties of a sweep that determine how many rounds the loops make."""

    batch: int
    feature_warps: int
    runs: int  # per block
    gram: bool = False

    @property
    def filled(self):  # Rows are padded to a multiple of four.
        return -(-self.batch // 4) * 4

    @property
    def run_warps(self):
        return WARPS // self.feature_warps


@dataclass(frozen=True)
class Kernel:
    """One instance of a kernel, and the sweep for which to count its instructions."""

    title: str
    header: str
    name: str
    arguments: str  # of the template
    optimizer: str  # its struct
    layout: str
    shape: Shape

    @property
    def source(self):
        real = "double" if "double" in self.arguments else "float"
        launch = f"lrscape::LaunchArguments<lrscape::optimizer::{self.optimizer}, {real}>"
        return (
            f'#include "{self.header}"\n#include "lrscape/optimizer/list.hpp"\n'
            f"template __global__ void lrscape::on_device::{self.name}"
            f"<lrscape::optimizer::{self.optimizer}, {self.arguments}>(const __grid_constant__ {launch}, "
            f"const __grid_constant__ lrscape::{self.layout});\n"
        )


# Template arguments end in "true": the batch is kept in shared memory.
def in_registers(title, optimizer, real, shape):
    return Kernel(
        title,
        "register_kernel.cuh",
        "train_in_registers",
        f"{real}, true",
        optimizer,
        f"RegisterLayout<{real}>",
        shape,
    )


def fast(title, optimizer, shape):
    return Kernel(title, "fast_kernel.cuh", "train_fast", "true", optimizer, "FastLayout", shape)


# The default problem: 1,000 features, 200 rows, and batches of 20 unless the title says otherwise.
# Batches are kept in shared memory. Kernels that load batches twice are not counted.
KERNELS = [
    in_registers("AdamW, fp32", "AdamWPT", "float", Shape(20, 8, 16)),
    in_registers("AdamW, fp64, batch of 12", "AdamWPT", "double", Shape(12, 8, 8)),
    fast("AdamW, fast math", "AdamWPT", Shape(20, 8, 16)),
    in_registers("SGD, fp32, by weights", "SGD", "float", Shape(20, 8, 16)),
    in_registers("SGD, fp32, in Gram space", "SGD", "float", Shape(20, 2, 64, True)),
]

# The first of these functions in an instruction's call chain, outermost first, determines the part
# of the step that the instruction belongs to.
PARTS = {
    "products": ("add_products",),
    "residuals": ("predict",),
    "update": ("update", "fetch_coefficients"),
    "gradient": ("descend", "descend_part", "descend_coordinates", "descend_in_gram_space"),
    "rows": ("take", "copy_step"),
}
REST = "rest"


# ---- Counting


def rounds(owner, shape):
    """The rounds per step of a loop in the call chain `owner`, averaged over the warps."""
    name = next((f for f in reversed(owner) if f in ROUNDS), None)
    if name is None:
        raise LookupError(f"a loop in {' > '.join(owner)}, which issue_slots.py does not know")
    return ROUNDS[name](shape)


ROUNDS = {
    "take_step": lambda s: 1,
    "add_products": lambda s: s.filled / 4,
    "use_predictions": lambda s: s.filled * s.runs / THREADS,
    "set_positions": lambda s: 1,
    "add_gradient": lambda s: s.filled / 4,
    "copy_rows": lambda s: s.filled / 4 / s.run_warps,
    "look_up": lambda s: 1,
    # Only in the fast kernel, whose tiles have eight rows.
    "fill_derivatives": lambda s: (-(-s.batch // 8) * 8 - s.batch) * s.runs / THREADS,
    "descend_part": lambda s: -(-s.batch // 8),
}


def share(instruction, shape):
    """The fraction of the warps that reach an instruction, as far as its source tells."""
    functions = functions_at(instruction.calls)
    texts = [text_at(p) for p in instruction.calls]
    if any(f in ("look_up_next", "copy_target", "copy_step", "set_positions") for f in functions):
        return 1 / WARPS  # The first warp's work.
    for text in texts:
        if found := re.search(r"use_predictions<(\d+)>", text):
            if int(found[1]) != shape.feature_warps:
                return 0
        if "weight_[k] = Runs(0)" in text:
            return 0  # All words of features are full here.
    is_fast = any(p[0] == "fast_kernel.cuh" for p in instruction.calls)
    if "fill_derivatives" in functions and not is_fast:
        return 0  # The batches of KERNELS are multiples of four.
    if "clear_padding" in functions and is_fast:
        return 1 / WARPS  # The last warp's work.
    in_gram = any(f.startswith("descend_in_gram_space") or f == "descend_coordinates" for f in functions)
    by_weights = any(f in ("descend", "descend_parts", "add_gradient") for f in functions)
    if (in_gram and not shape.gram) or (by_weights and shape.gram):
        return 0
    return 1


def part_of(instruction):
    if "update" in functions_at(instruction.calls):
        return "update"
    for function in functions_at(instruction.calls):
        for part, names in PARTS.items():
            if function in names and not (function == "predict" and "add_products" in functions_at(instruction.calls)):
                return part
    return REST


def step_loop(graph, usual):
    """The first block of the loop over an epoch's steps.

    That is the outermost loop that does not check for divergence.
    """

    def has(body, function):
        return any(function in functions_at(i.calls) for i in graph.of(body & usual))

    steps = [
        head
        for head, body in graph.loops.items()
        if has(body, "take_step") and not has(body, "note_divergence")
    ]
    return max(steps, key=lambda head: len(graph.loops[head]))


def is_of_nesterov(instructions):
    """Whether a block replaces the plain step, which is computed first, with Nesterov's step."""
    return all(
        i.opcode == "FFMA" and "stepped" in functions_at(i.calls) for i in instructions
    )


def count(code, shape):
    """Warp instructions of one step, averaged over the eight warps, by part and by opcode."""
    graph = Graph(code)
    usual = graph.usual()
    owners = {head: graph.owner(body & usual) for head, body in graph.loops.items()}
    step = step_loop(graph, usual)
    inner = {h: body for h, body in graph.loops.items() if body < graph.loops[step]}
    result = defaultdict(lambda: defaultdict(float))
    for block in sorted(graph.loops[step] & usual):
        if is_of_nesterov(graph.of([block])):
            continue
        often = 1.0
        for head, body in inner.items():
            if block in body:
                often *= rounds(owners[head], shape)
        for instruction in graph.of([block]):
            weight = often * share(instruction, shape)
            if weight:
                result[part_of(instruction)][instruction.opcode.split(".")[0]] += weight
    return result


def table(counts):
    """A table of a multiprocessor's clocks per step, a row per kernel and a column per part."""
    names = [*PARTS, REST]
    lines = [
        "| kernel | " + " | ".join(names) + " | clocks per step |",
        "|---|" + "---:|" * (len(names) + 1),
    ]
    for kernel, parts in counts:
        clocks = {name: clocks_of(sum(parts[name].values())) for name in names}
        lines.append(
            f"| {kernel.title} | "
            + " | ".join(f"{clocks[name]:.0f}" for name in names)
            + f" | **{total_clocks(parts):.0f}** |"
        )
    return "\n".join(lines)


def clocks_of(warp_instructions):
    return warp_instructions * WARPS / SCHEDULERS


def total_clocks(parts):
    return clocks_of(sum(sum(opcodes.values()) for opcodes in parts.values()))


def by_opcode(counts):
    """The most frequent opcodes of each kernel."""
    lines = ["| kernel | warp instructions per step and warp, by opcode |", "|---|---|"]
    for kernel, parts in counts:
        opcodes = defaultdict(float)
        for part in parts.values():
            for opcode, often in part.items():
                opcodes[opcode] += often
        most = sorted(opcodes.items(), key=lambda pair: -pair[1])[:12]
        lines.append(f"| {kernel.title} | " + ", ".join(f"{o} {n:.0f}" for o, n in most) + " |")
    return "\n".join(lines)


def count_all(nvcc, nvdisasm):
    return [(k, count(machine_code(nvcc, nvdisasm, k), k.shape)) for k in KERNELS]
