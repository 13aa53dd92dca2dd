"""Tests that no training kernel's machine code issues more in a step than the committed table."""

import re
import subprocess
from pathlib import Path

import pytest

from control_flow import Graph
from issue_slots import KERNELS, Shape, count, count_all, total_clocks
from machine_code import parse

ROOT = Path(__file__).resolve().parent.parent.parent

TABLE = (ROOT / "bench/issue-slots.md").read_text()


def tool(name):
    found = subprocess.run([ROOT / "scripts/cuda-tool", name], capture_output=True, text=True)
    if found.returncode != 0:
        pytest.skip(f"no {name}: {found.stderr.strip()}")
    return found.stdout.strip()


def committed():
    return {
        title: float(total)
        for title, total in re.findall(r"^\| (.+?) \|.*\| \*\*(\d+)\*\* \|$", TABLE, re.MULTILINE)
    }


def test_the_prediction_has_the_clocks_of_the_table():
    prediction = (ROOT / "bench/README.md").read_text()
    found = dict(re.findall(r"^\| (.+?) \| ([\d,]+) \| [\d,]+ \| [\d.]+ s \|$", prediction, re.MULTILINE))
    assert len(found) == 3
    rows = committed()
    for title, clocks in found.items():
        assert float(clocks.replace(",", "")) == rows[title], title


def test_no_kernel_issues_more_than_its_row_of_the_table():
    nvcc = tool("nvcc")
    release = re.search(
        r"release (\S+),", subprocess.run([nvcc, "--version"], capture_output=True, text=True).stdout
    )[1]
    if f"nvcc {release} " not in TABLE:
        pytest.skip(f"the table is of another compiler than nvcc {release}")
    rows = committed()
    assert set(rows) == {kernel.title for kernel in KERNELS}
    for kernel, parts in count_all(nvcc, tool("nvdisasm")):
        # The table is rounded to whole clocks.
        assert total_clocks(parts) <= rows[kernel.title] + 0.5, kernel.title


# A step with a loop, a branch for diverged threads and an inlined call, in nvdisasm's format.
LISTING = """
.text.kernel:
	//## File "/x/src/backend/training_loop.hpp", line {step}
        /*0000*/                   MOV R0, RZ ;
.L_x_0:
	//## File "/x/kernels/register_kernel.cuh", line {products} inlined at "/x/kernels/register_kernel.cuh", line {take}
	//## File "/x/kernels/register_kernel.cuh", line {take} inlined at "/x/src/backend/training_loop.hpp", line {step}
	//## File "/x/src/backend/training_loop.hpp", line {step}
        /*0010*/                   MOV R1, RZ ;
.L_x_1:
        /*0020*/                   FFMA R2, R3, R4, R2 ;
        /*0030*/                   BRA.DIV UR4, `(.L_x_3) ;
.L_x_2:
        /*0040*/              @!P0 BRA `(.L_x_1) ;
	//## File "/x/kernels/register_kernel.cuh", line {take} inlined at "/x/src/backend/training_loop.hpp", line {step}
	//## File "/x/src/backend/training_loop.hpp", line {step}
        /*0050*/               @P1 BRA `(.L_x_0) ;
        /*0060*/                   EXIT ;
.L_x_3:
        /*0070*/                   WARPSYNC.COLLECTIVE R5, `(.L_x_4) ;
.L_x_4:
        /*0080*/                   ENDCOLLECTIVE ;
        /*0090*/                   BRA `(.L_x_2) ;
"""


def line_in(path, text):
    lines = (ROOT / path).read_text().splitlines()
    return 1 + next(k for k, line in enumerate(lines) if text in line)


def listing():
    kernel = "kernels/register_kernel.cuh"
    return LISTING.format(
        step=line_in("src/backend/training_loop.hpp", "trainer.take_step("),
        products=line_in(kernel, "std::int32_t left = count;"),
        take=line_in(kernel, "const Real scale = launch_.training.scale_of(batch);"),
    )


def test_instructions_count_once_a_round_without_those_of_diverged_warps():
    parts = count(parse(listing()), Shape(batch=20, feature_warps=8, runs=16))
    # Five rounds of four rows, each with an FFMA and two branches. One MOV comes before the rounds,
    # one branch after them.
    assert dict(parts["products"]) == {"MOV": 1, "FFMA": 5, "BRA": 10}
    assert dict(parts["rest"]) == {"BRA": 1}
    assert total_clocks(parts) == 17 * 8 / 4


def test_loops_are_found_by_their_edges_back():
    graph = Graph(parse(listing()))
    assert sorted(len(graph.loops[head] & graph.usual()) for head in graph.loops) == [2, 4]
