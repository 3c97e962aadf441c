"""Evidence as the search hands it on, small enough to read."""

from __future__ import annotations

from typing import Any

GET, SET = 'count = await r.get("count")', 'await r.set("count", count + 1)'


def step(task: str, kind: str = "call", **more: Any) -> dict[str, Any]:
    worker = {"A": 4711, "B": 4712}.get(task, 4710)
    return {"worker": worker, "task": task, "line": 9, "source": GET, "kind": kind} | more


def answers(task: str, count: int) -> dict[str, Any]:
    return step(task, "response", line=0, source=f'200 {{"count": {count}}}')


def request(task: str, method: str, path: str, worker: int, **more: Any) -> dict[str, Any]:
    answer = {"status": 200, "output": {"count": 1}}
    return {"task": task, "method": method, "path": path, "worker": worker} | answer | more


def lost_update(**more: Any) -> dict[str, Any]:
    """Both read 0, both write 1: the schedule of the design."""
    return {
        "program": "POST /increment | POST /increment",
        "placement": "two workers",
        "steps": [
            step("A", read="0", preempted=True),
            step("B", read="0"),
            step("B", line=10, source=SET, wrote="1"),
            answers("B", 1),
            step("A", line=10, source=SET, wrote="1"),
            answers("A", 1),
        ],
        "requests": [
            request("A", "POST", "/increment", 4711),
            request("B", "POST", "/increment", 4712),
            request("report", "GET", "/report", 4711),
        ],
        "expected": "every order gives report 2",
        "actual": "report says 1",
        "seed": 1,
        "replayed": 3,
    } | more
