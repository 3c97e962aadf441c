"""Ctrl-C, or a notebook's Interrupt, while a burst runs inside another event loop."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from workerlab.traffic import in_own_loop


async def interrupted_by_itself(ended: list[str]) -> None:
    """Interrupt the process; then take a hundred turns of the loop to leave."""
    os.kill(os.getpid(), signal.SIGINT)
    try:
        await asyncio.Event().wait()
    finally:
        for _ in range(100):
            await asyncio.sleep(0.001)
        ended.append("the burst")


@pytest.mark.parametrize("turn", range(10))
def test_an_interrupt_returns_when_the_burst_has_ended_and_says_what_it_is(turn):
    ended = []

    async def cell() -> None:
        with pytest.raises(KeyboardInterrupt):
            in_own_loop(interrupted_by_itself(ended))
        assert ended == ["the burst"]

    loop = asyncio.new_event_loop()  # not asyncio.run, which keeps SIGINT to itself
    loop.run_until_complete(cell())
    loop.close()
