"""The machine code that ptxas makes of a kernel, and the source functions of its instructions.

Each kernel is compiled separately with the flags of the build. The line information tells which
function an instruction belongs to.
"""

import functools
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Instruction:
    address: int
    opcode: str
    operands: str
    predicated: bool
    calls: tuple = ()  # source positions (file, line), outermost first


@dataclass
class Code:
    instructions: list = field(default_factory=list)
    labels: dict = field(default_factory=dict)


FLAGS = ["-std=c++20", "-O2", "--fmad=false", "-arch=sm_90", "-lineinfo", "-cubin"]


def machine_code(nvcc, nvdisasm, kernel):
    """Compiles one kernel and parses its machine code."""
    with tempfile.TemporaryDirectory() as folder:
        source, cubin = Path(folder, "kernel.cu"), Path(folder, "kernel.cubin")
        source.write_text(kernel.source)
        includes = [f"-I{ROOT / part}" for part in ("kernels", "include", "src")]
        run([nvcc, *FLAGS, *includes, source, "-o", cubin])
        return parse(run([nvdisasm, "-c", "-gi", cubin]))


def run(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


POSITION = re.compile(r'\s*//## File "([^"]+)", line (\d+)')
INSTRUCTION = re.compile(r"\s*/\*([0-9a-f]{4,})\*/\s+(@\S+\s+)?([A-Z0-9_.a-z]+)\s*(.*?)\s*;")
LABEL = re.compile(r"(\.L_x_\d+):")


def parse(text):
    code = Code()
    calls, complete = [], True
    for line in text.splitlines():
        if found := POSITION.match(line):
            if complete:
                calls, complete = [], False
            calls.insert(0, (Path(found[1]).name, int(found[2])))
        elif found := LABEL.match(line):
            code.labels[found[1]] = len(code.instructions)
        elif found := INSTRUCTION.match(line):
            complete = True
            predicate = found[2] or ""
            code.instructions.append(
                Instruction(
                    int(found[1], 16), found[3], found[4], bool(predicate.strip()), tuple(calls)
                )
            )
    return code


# ---- Sources

HEAD = re.compile(
    r"(?:__device__|__global__|LRSCAPE_HOST_DEVICE|__launch_bounds__).*?\b(operator\W{1,2}|\w+)\s*\("
)
NAME_ALONE = re.compile(r"^ {4}(train_\w+)\(")


@functools.cache
def source(name):
    """The lines of one of the project's files, and the function that contains each line."""
    paths = [p for folder in ("kernels", "include", "src") for p in (ROOT / folder).rglob(name)]
    if not paths:
        return [], []
    lines = paths[0].read_text().splitlines()
    functions, inside = [], name
    for line in lines:
        if not line.lstrip().startswith("//"):
            if found := HEAD.search(line):
                inside = found[1]
            elif found := NAME_ALONE.match(line):
                inside = found[1]
        functions.append(inside)
    return lines, functions


def function_at(position):
    lines, functions = source(position[0])
    return functions[position[1] - 1] if position[1] <= len(functions) else position[0]


def text_at(position):
    lines, _ = source(position[0])
    return lines[position[1] - 1] if position[1] <= len(lines) else ""


@functools.cache
def functions_at(calls):
    return tuple(function_at(p) for p in calls)
