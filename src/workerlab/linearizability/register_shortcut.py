"""A register whose writes all differ: each read names its write, so there is nothing to search.

A write and the reads of its value stand together in every legal order, as one block (Gibbons and
Korach 1997 call its extent in time a zone). One block must come before another when something in it
had returned before something in the other was called. So a legal order is an order of the blocks;
it is found by taking, again and again, a block that no other one has to come before.

    >>> from workerlab.models.register import register
    >>> write = Operation(("write", 7), 7, called=0.0, returned=1.0)
    >>> late, stale = (Operation(("read",), value, 2.0, 3.0) for value in (7, 0))
    >>> order_of_blocks([write, late], register) == ([write, late], [])
    True
    >>> order_of_blocks([write, stale], register) == ([write], [stale])
    True
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from workerlab.linearizability.counter_shortcut import NotForced
from workerlab.models.base import Model, Operation


@dataclass
class Block:
    """A value: its write (None for the first value of the register), and its reads.

    first_return   what was called later than this has to come after the block
    last_call      what had returned earlier than this has to come before the block
    """

    write: Operation | None
    reads: list[Operation] = field(default_factory=list)
    first_return: float = -math.inf
    last_call: float = -math.inf

    def measure(self) -> None:
        """Find both times anew. The first value of the register was there before all calls."""
        called = -math.inf if self.write is None else self.write.called
        self.last_call = max([called, *(read.called for read in self.reads)])
        returned = -math.inf if self.write is None else self.write.returned
        self.first_return = min([returned, *(read.returned for read in self.reads)])

    def in_order(self) -> list[Operation]:
        reads = sorted(self.reads, key=lambda read: read.called)
        return reads if self.write is None else [self.write, *reads]


def order_of_blocks(
    operations: list[Operation], model: Model[Any]
) -> tuple[list[Operation], list[Operation]]:
    """Return the beginning of a legal order, as far as it goes, and what is left over.

    Nothing is left over exactly when there is a legal order. It takes n log n time for n
    operations. Raises NotForced when a value was written twice or a response is not known.
    """
    blocks, misfits = _blocks(operations, model)
    queue = _Queue(blocks, misfits)
    order: list[Operation] = []
    while (block := queue.take()) is not None:
        order += block.in_order()
    return order, queue.left()


def _blocks(operations: list[Operation], model: Model[Any]) -> tuple[list[Block], list[Operation]]:
    """The blocks, and the operations that fit into none."""
    blocks: dict[Hashable, Block] = {model.initial: Block(None)}
    misfits = []
    for operation in operations:
        if operation.op[0] in model.reads:
            continue
        if len(operation.op) != 2 or operation.op[1] in blocks:
            raise NotForced("no write, or a value that was written before")
        value = operation.op[1]
        if model.step(model.initial, operation.op, operation.output) is None:
            misfits.append(operation)
        else:
            blocks[value] = Block(operation)
    for read in operations:
        if read.op[0] not in model.reads or read.returned == math.inf:
            continue
        block = blocks.get(_known(read.output))
        if block is None or (block.write and read.returned < block.write.called):
            misfits.append(read)
        else:
            block.reads.append(read)
    # A write of unknown outcome whose value was not read need not have happened.
    happened = [b for b in blocks.values() if b.reads or (b.write and b.write.returned < math.inf)]
    for block in happened:
        block.measure()
    return happened, misfits


def _known(output: Any) -> Hashable:
    """A response, to be looked up."""
    if output is None or not isinstance(output, Hashable):
        raise NotForced("an answer that is not known, or cannot be looked up")
    return output


class _Queue:
    """The blocks that have no place in the order yet, and the misfits, which never get one."""

    def __init__(self, blocks: list[Block], misfits: list[Operation]) -> None:
        self.blocks, self.misfits = blocks, misfits
        self.placed = [False] * len(blocks)
        self.by_return = [(block.first_return, place) for place, block in enumerate(blocks)]
        self.by_call = [(block.last_call, place) for place, block in enumerate(blocks)]
        heapq.heapify(self.by_return)
        heapq.heapify(self.by_call)

    def take(self) -> Block | None:
        """The next block of the order; None when there is none, or when a misfit had to come first.

        It is the block with the earliest last call, if no other one had returned by then; else only
        the one with the earliest return can be it.
        """
        if (first := self._earliest(self.by_return)) is None:
            return None
        place = self._earliest(self.by_call)
        if place is None or self.blocks[place].last_call > self.blocks[first].first_return:
            place = first
            heapq.heappop(self.by_return)
            if (other := self._earliest(self.by_return)) is not None:
                self._give_up_reads(self.blocks[first], self.blocks[other].first_return)
        block = self.blocks[place]
        if block.last_call > min((each.returned for each in self.misfits), default=math.inf):
            return None
        self.placed[place] = True
        return block

    def left(self) -> list[Operation]:
        waiting = (block for block, done in zip(self.blocks, self.placed, strict=True) if not done)
        return [operation for block in waiting for operation in block.in_order()] + self.misfits

    def _earliest(self, heap: list[tuple[float, int]]) -> int | None:
        while heap and self.placed[heap[0][1]]:
            heapq.heappop(heap)
        return heap[0][1] if heap else None

    def _give_up_reads(self, block: Block, limit: float) -> None:
        """What was called after `limit` is too late: another block had to come before it.

        That one cannot come first either, so these reads fit into no order.
        """
        self.misfits += [read for read in block.reads if read.called > limit]
        block.reads = [read for read in block.reads if read.called <= limit]
        block.measure()
