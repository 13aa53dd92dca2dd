"""Basic blocks and loops of a kernel's machine code."""

import functools
import re
from collections import defaultdict

from machine_code import functions_at

LABEL_OPERAND = re.compile(r"`\((\.L_x_\d+)\)")


class Graph:
    """Basic blocks of a kernel and its natural loops."""

    ENDS = ("EXIT", "RET", "CALL", "BSYNC", "WARPSYNC", "ENDCOLLECTIVE", "BRX")

    def __init__(self, code):
        self.instructions = code.instructions
        count = len(code.instructions)
        leaders = {0, *code.labels.values()}
        targets = {}
        for k, instruction in enumerate(code.instructions):
            base = instruction.opcode.split(".")[0]
            if base == "BRA":
                target = LABEL_OPERAND.search(instruction.operands)
                targets[k] = code.labels[target[1]]
                leaders |= {targets[k], k + 1}
            elif base in self.ENDS:
                leaders.add(k + 1)
        starts = sorted(k for k in leaders if k < count)
        self.blocks = list(zip(starts, starts[1:] + [count]))
        at = {start: n for n, (start, _) in enumerate(self.blocks)}
        self.successors = []
        self.parted = set()  # Edges that only diverged warps take.
        for block, (start, end) in enumerate(self.blocks):
            last = code.instructions[end - 1]
            base = last.opcode.split(".")[0]
            after = [at[end]] if end in at else []
            if base == "BRA":
                conditional = (
                    last.predicated
                    or "DIV" in last.opcode
                    or re.match(r"!?U?P\d", last.operands) is not None
                )
                self.successors.append([at[targets[end - 1]]] + (after if conditional else []))
                if "DIV" in last.opcode:
                    self.parted.add((block, at[targets[end - 1]]))
            elif base in ("EXIT", "RET") and not last.predicated:
                self.successors.append([])
            else:
                self.successors.append(after)
        self.loops = self._loops()

    def _loops(self):
        """Bodies of natural loops by their first block."""
        order, seen, stack = [], {0}, [(0, iter(self.successors[0]))]
        while stack:
            block, rest = stack[-1]
            following = next((s for s in rest if s not in seen), None)
            if following is None:
                order.append(block)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(self.successors[following])))
        order.reverse()
        place = {block: k for k, block in enumerate(order)}
        before = defaultdict(list)
        for block in order:
            for successor in self.successors[block]:
                before[successor].append(block)
        dominator = {0: 0}
        changed = True
        while changed:
            changed = False
            for block in order[1:]:
                known = [p for p in before[block] if p in dominator]
                new = functools.reduce(
                    lambda a, b: self._common(a, b, dominator, place), known[1:], known[0]
                )
                if dominator.get(block) != new:
                    dominator[block] = new
                    changed = True
        loops = defaultdict(set)
        for block in order:
            for head in self.successors[block]:
                if self._common(head, block, dominator, place) != head:
                    continue
                body, queue = loops[head], [block]
                body.add(head)
                while queue:
                    inner = queue.pop()
                    if inner not in body:
                        body.add(inner)
                        queue += before[inner]
        return dict(loops)

    @staticmethod
    def _common(a, b, dominator, place):
        while a != b:
            while place[a] > place[b]:
                a = dominator[a]
            while place[b] > place[a]:
                b = dominator[b]
        return a

    def usual(self):
        """The blocks that can be reached without code for rare cases."""
        straight = any("straight_quotient" in functions_at(i.calls) for i in self.instructions)
        rare = {
            n for n in range(len(self.blocks)) if any(is_rare(i, straight) for i in self.of([n]))
        }
        found, queue = set(), [0]
        while queue:
            block = queue.pop()
            if block not in found and block not in rare:
                found.add(block)
                queue += [s for s in self.successors[block] if (block, s) not in self.parted]
        return found

    def of(self, blocks):
        for block in blocks:
            yield from self.instructions[slice(*self.blocks[block])]

    def owner(self, body):
        """The call chain of the innermost function with nearly all of a loop's instructions."""
        chains = [functions_at(i.calls) for i in self.of(body) if i.calls]
        owner, depth = (), 0
        while True:
            counts = defaultdict(int)
            for chain in chains:
                if len(chain) > depth and chain[:depth] == owner:
                    counts[chain[depth]] += 1
            best = max(counts, key=counts.get, default=None)
            if best is None or counts[best] < 0.9 * len(chains):
                return owner
            owner += (best,)
            depth += 1


def is_rare(instruction, straight):
    """Whether an instruction serves a rare case: it calls a function, reunites a diverged warp, or
    computes a quotient or root for which the kernel's straight code, if any, does not work."""
    functions = functions_at(instruction.calls)
    return (
        instruction.opcode.startswith("CALL")
        or "COLLECTIVE" in instruction.opcode
        or (straight and ("slow_root" in functions or "slow_quotient" in functions))
    )
