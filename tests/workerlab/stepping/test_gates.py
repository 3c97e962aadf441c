"""Where a worker may be held, which values are shown, and how a schedule is made simpler."""

import sys
from types import SimpleNamespace

import pytest

from workerlab.errors import BadUsage
from workerlab.stepping import SteppedServer, gates, protocol
from workerlab.stepping.controller.trace import Decision, Trace
from workerlab.stepping.gates import KNOWN, gates_of, unknown_python
from workerlab.stepping.searching.minimise import MOST_TRIES, minimise
from workerlab.stepping.worker import tracer, values


def kinds(tmp_path, text: str) -> list[str]:
    """The gates of the function `f` of a file with this text, in the order of its instructions."""
    file = tmp_path / "app.py"
    file.write_text(text)
    space: dict = {}
    exec(compile(text, str(file), "exec"), space)
    return [kind for kind, _, _ in gates_of(space["f"].__code__).values()]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("store['n'] = store.get('n') + 1", ["call", "write"]),
        ("store['n'] += 1", ["read", "write"]),
        ("store.n += 1", ["write"]),
        ("global n; n = 1; return n", ["write", "read"]),
        ("global n; del n", ["write"]),
        ("'n' in store", ["read"]),
        ("del store['n']", ["write"]),
        ("return int(store)", []),
        ("import os; return os.getpid()", []),
        ("return 1 + 1", []),
    ],
)
def test_gates_stand_where_something_shared_can_be_touched(tmp_path, body, expected):
    assert kinds(tmp_path, f"def f(store):\n    {body}\n") == expected


# Each Python compiles these to other instructions, and they are gated alike on all of them.
ON_EVERY_PYTHON = {
    "with a: pass": ["with", "call"],
    "with a as b: b = 1": ["with", "call"],
    "with a.get(1): pass": ["call", "with", "call"],
    "with a, b: pass": ["with", "with", "call", "call"],
    "with a: return 1": ["with", "call"],
    "async with a: pass": ["with", "call", "await"],
    "async with a.get(): pass": ["call", "with", "call", "await"],
    "async for n in a: pass": ["await"],
    "await a.get(b=1)": ["call"],
    "a[1:2] = a[2:3]": ["read", "write"],
    "a[1:2] += [1]": ["read", "write"],
    "return a[:3]": ["read"],
    "return a[::2]": ["read"],
    "del a[1:2]": ["write"],
    "return a['n']": ["read"],
    "return a[-1]": ["read"],
    "return a[b][0]": ["read", "read"],
    "a['n'] += 1": ["read", "write"],
    "a['n'] += a.get('n')": ["read", "call", "write"],
    "a.n += 1": ["write"],
    "a['a'], a.b = a['b'], a['a']": ["read", "read", "write", "write"],
    "return 1 not in a": ["read"],
    "return 1 < a['n'] < a['m']": ["read", "read"],
    "return a(*b, **b)": ["call"],
    "return f'{a.get(1)}{a[1]}'": ["call", "read"],
    "n: int = a['n']": ["read"],
    "global n; n += 1": ["read", "write"],
}


@pytest.mark.parametrize(("statement", "expected"), ON_EVERY_PYTHON.items())
def test_a_statement_has_the_same_gates_on_every_python(tmp_path, statement, expected):
    assert kinds(tmp_path, f"async def f(a, b):\n    {statement}\n") == expected


def test_a_with_is_gated_on_entry_and_on_exit(tmp_path):
    found = kinds(tmp_path, "def f(lock):\n    with lock:\n        pass\n")
    assert found[0] == "with"
    assert len(found) > 1, "leaving it frees the lock, which others wait for"


def test_an_awaited_call_is_one_gate_and_a_stored_awaitable_another(tmp_path):
    assert kinds(tmp_path, "async def f(store):\n    await store.get()\n") == ["call"]
    text = "async def f(store):\n    later = store.get()\n    await later\n"
    assert kinds(tmp_path, text) == ["call", "await"]


def test_a_name_of_ones_own_is_not_taken_for_the_builtin(tmp_path):
    assert kinds(tmp_path, "def f(n):\n    return int(n)\ndef int(n):\n    return n\n") == ["call"]


def test_gates_are_seen_on_the_first_call_and_on_the_second():
    works, sentence = tracer.self_test()
    assert works, sentence


@pytest.fixture
def fresh():
    """What was found of this Python is forgotten, before and after."""
    unknown_python.cache_clear()
    yield
    unknown_python.cache_clear()


def test_this_python_is_known(fresh):
    assert unknown_python() == ""


def test_a_python_that_compiles_in_a_new_way_is_refused_by_its_name(fresh, monkeypatch):
    """As in 3.14, where `x[…]` became another instruction than the one that was known."""
    monkeypatch.delitem(gates.KIND_OF_OPCODE, "STORE_SUBSCR")
    monkeypatch.setattr(gates.platform, "python_version", lambda: "3.99.1")
    reason = unknown_python()
    assert reason.startswith("CPython 3.99.1 is not known to the search: it compiles `store[")
    assert tracer.self_test() == (False, reason)
    with pytest.raises(BadUsage, match=r"CPython 3\.99\.1") as refused:
        SteppedServer("/nowhere/app.py")
    assert refused.value.advice == f"use {KNOWN}"


def test_an_instruction_that_was_no_gate_and_is_one_now_is_seen(fresh, monkeypatch):
    monkeypatch.setitem(gates.KIND_OF_OPCODE, "RETURN_VALUE", "call")
    monkeypatch.setitem(gates.KIND_OF_OPCODE, "POP_TOP", "call")
    assert "in a new way" in unknown_python()


def test_what_is_no_cpython_is_refused(fresh, monkeypatch):
    monkeypatch.setattr(gates.sys, "implementation", SimpleNamespace(name="pypy"))
    monkeypatch.setattr(gates.platform, "python_implementation", lambda: "PyPy")
    monkeypatch.setattr(gates.platform, "python_version", lambda: "3.11.13")
    assert unknown_python().startswith("PyPy 3.11.13 cannot be stepped")


class Loud:
    def __repr__(self) -> str:
        raise AssertionError("a proxy's repr may itself travel to a server")


def test_only_plain_data_is_shown():
    assert values.plain(Loud()) is None
    assert values.plain([1, Loud()]) is None
    assert values.plain({"n": (1, Loud())}) is None
    assert values.plain({"n": 1}) == "{'n': 1}"
    assert values.plain(b"0") == "b'0'"
    assert len(values.plain("x" * 1000)) == 60


def test_messages_come_back_as_they_went():
    assert protocol.decode(protocol.encode("task", "1.A", 4711)) == ["task", "1.A", "4711"]
    assert protocol.address("@name") == "\0name"
    assert protocol.address("/tmp/name") == "/tmp/name"


def trace_of(schedule: str) -> Trace:
    """A run of that schedule in which every task could always have gone on."""
    decisions = []
    for index, chosen in enumerate(schedule):
        before = schedule[index - 1] if index else None
        current = before if before and before in schedule[index:] else None
        decisions.append(Decision(chosen, ("A", "B"), current))
    return Trace(decisions)


def test_a_losing_schedule_is_made_simpler():
    tried = []

    def loses(schedule: list[str]) -> Trace | None:
        tried.append(schedule)
        # It is enough that all of B falls between A's first and A's last step.
        return trace_of("".join(schedule)) if schedule[0] == schedule[-1] == "A" else None

    losing = trace_of("ABABABA")
    assert losing.preemptions == 5
    simpler = minimise(losing, loses)
    assert simpler.preemptions == 1
    assert "".join(simpler.schedule).strip("A") == "BBB"
    assert len(tried) <= MOST_TRIES


def test_what_does_not_lose_again_is_not_taken():
    losing = trace_of("ABABAB")
    assert minimise(losing, lambda schedule: None) is losing


def test_the_back_end_fits_this_python():
    trace = tracer.tracer(tracer.Files("/nowhere"), lambda *_: None)
    monitors = isinstance(trace, tracer.MonitoringTracer)
    assert monitors == (sys.version_info >= (3, 12))
