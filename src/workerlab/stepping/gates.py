"""Which instructions of a function are gates: the places where a worker may be held.

A line is too coarse a unit: `store.set(k, store.get(k) + 1)` reads and writes in
one line. A gate therefore stands before each *instruction* that can touch something
shared: calls, subscripts, attribute stores, `in` tests, entries and exits of `with`,
variables declared `global`, and awaits of something that was not called on the spot.

Calls that only compute, such as `int(x)` or building a response, are passed over:
stopping there would multiply the schedules and show no new outcome.

Each Python compiles the same line to other instructions. `unknown_python` compiles a sample
whose gates are known, and reports when this Python's are others.
"""

import ast
import dis
import platform
import sys
from functools import cache
from types import CodeType, FunctionType

KNOWN = "CPython 3.11, 3.12, 3.13, 3.14 or 3.15"  # the search was run on each of them
KIND_OF_OPCODE = {
    "CALL": "call",
    "CALL_KW": "call",
    "CALL_FUNCTION_EX": "call",
    "BINARY_SUBSCR": "read",  # until 3.13; from 3.14 on BINARY_OP with the operator []
    "BINARY_SLICE": "read",
    "CONTAINS_OP": "read",
    "STORE_SUBSCR": "write",
    "STORE_SLICE": "write",
    "DELETE_SUBSCR": "write",
    "STORE_ATTR": "write",
    "DELETE_ATTR": "write",
    "BEFORE_WITH": "with",
    "BEFORE_ASYNC_WITH": "with",  # until 3.13; from 3.14 on a CALL after LOAD_SPECIAL
    "GET_ANEXT": "await",
    "GET_AWAITABLE": "await",
}
_KIND_OF_GLOBAL = {"LOAD_GLOBAL": "read", "STORE_GLOBAL": "write", "DELETE_GLOBAL": "write"}
# `await f(x)` is one gate: the call. Awaiting what was made earlier is a gate of its own.
_FUSED_WITH_AWAIT = {"CALL", "CALL_KW", "CALL_FUNCTION_EX", "BEFORE_ASYNC_WITH"}
_ENTERS = {"__enter__", "__aenter__"}

_PURE_NAMES = {
    "bool", "float", "int", "isinstance", "issubclass", "str", "super", "type",
    "HTTPException", "HTMLResponse", "JSONResponse", "PlainTextResponse", "Response",
}  # fmt: skip
_PURE_ATTRIBUTES = {
    ("json", "dumps"), ("json", "loads"), ("os", "getpid"), ("os.environ", "get"),
    ("struct", "pack"), ("struct", "unpack"), ("struct", "calcsize"),
    ("time", "monotonic"), ("time", "perf_counter"), ("time", "time"),
}  # fmt: skip


@cache
def syntax_of(filename: str) -> ast.Module | None:
    """The syntax tree of a file, or None when there is no file to read (`exec`, a notebook)."""
    try:
        with open(filename, encoding="utf-8") as file:
            return ast.parse(file.read(), filename)
    except (OSError, SyntaxError, ValueError):
        return None


@cache
def calls_by_end(filename: str) -> dict[tuple[int | None, int | None], ast.Call]:
    """The call expressions of a file by where they end, which no two calls share."""
    tree = syntax_of(filename)
    if tree is None:
        return {}
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {(call.end_lineno, call.end_col_offset): call for call in calls}


@cache
def _names_bound_in(filename: str) -> set[str]:
    """Names that the file defines itself, so that its own `int` is not taken for the builtin."""
    bound = set()
    for node in ast.walk(syntax_of(filename) or ast.Module([], [])):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    return bound


@cache
def globals_that_change(filename: str) -> set[str]:
    """Names that a function of the file declares `global`: variables, not imports or helpers."""
    nodes = ast.walk(syntax_of(filename) or ast.Module([], []))
    return {name for node in nodes if isinstance(node, ast.Global) for name in node.names}


def call_at(filename: str, positions: dis.Positions | None) -> ast.Call | None:
    """The call expression that an instruction belongs to, if it is known."""
    if positions is None or positions.end_lineno is None:
        return None
    return calls_by_end(filename).get((positions.end_lineno, positions.end_col_offset))


def _only_computes(call: ast.Call | None, filename: str) -> bool:
    if call is None:
        return False
    if isinstance(call.func, ast.Name):
        return call.func.id in _PURE_NAMES and call.func.id not in _names_bound_in(filename)
    if isinstance(call.func, ast.Attribute):
        return (ast.unparse(call.func.value), call.func.attr) in _PURE_ATTRIBUTES
    return False


def _kind(
    instruction: dis.Instruction, previous: dis.Instruction | None, changing: set[str]
) -> str | None:
    """What kind of gate an instruction is, if it is one; `changing` are variables, not imports."""
    name = instruction.opname
    before, of_what = (previous.opname, previous.argrepr) if previous else ("", "")
    if name in _KIND_OF_GLOBAL and instruction.argval in changing:
        return _KIND_OF_GLOBAL[name]
    if name == "BINARY_OP" and instruction.argrepr == "[]":
        return "read"
    if name == "CALL" and before == "LOAD_SPECIAL" and of_what in _ENTERS:
        return "with"
    if name == "GET_AWAITABLE" and before in _FUSED_WITH_AWAIT:
        return None
    return KIND_OF_OPCODE.get(name)


def gates_of(code: CodeType) -> dict[int, tuple[str, int, dis.Positions | None]]:
    """The gates of a code object: byte offset -> (kind, line, position in the source)."""
    gates = {}
    changing = globals_that_change(code.co_filename)
    line, previous = code.co_firstlineno, None
    for instruction in dis.get_instructions(code):
        positions = instruction.positions
        if positions and positions.lineno:
            line = positions.lineno
        kind = _kind(instruction, previous, changing)
        if kind == "call" and _only_computes(
            call_at(code.co_filename, positions), code.co_filename
        ):
            kind = None
        if kind:
            gates[instruction.offset] = (kind, line, positions)
        previous = instruction
    return gates


_SAMPLE = {  # each statement, and the gates that it must have
    'store["n"] = store["n"] + 1': ["read", "write"],
    'store["n"] += store.get("n", default=0)': ["call", "read", "write"],
    "store[1:2] = store[2:3]": ["read", "write"],
    'del store["n"]': ["write"],
    '"n" in store': ["read"],
    "store.n = 1": ["write"],
    "store.n += 1": ["write"],
    "del store.n": ["write"],
    "store.run(*args)": ["call"],
    "with lock: n = 1": ["call", "with"],  # in, and out again, which others may wait for
    "async with lock: n = 1": ["await", "call", "with"],
    "await store.get()": ["call"],
    "later = store.get()": ["call"],
    "await later": ["await"],
    "async for n in store: pass": ["await"],
}


@cache
def unknown_python() -> str:
    """Why this Python cannot be stepped, in a sentence; "" when its instructions are known."""
    name = f"{platform.python_implementation()} {platform.python_version()}"
    if sys.implementation.name != "cpython":
        return f"{name} cannot be stepped: the search knows CPython's instructions only"
    text = "\n  ".join(["async def sample(store, lock, args):", *_SAMPLE])
    space: dict[str, FunctionType] = {}
    exec(compile(text, "/workerlab-sample", "exec"), space)  # noqa: S102 (our own text)
    found = gates_of(space["sample"].__code__).values()
    for line, (statement, expected) in enumerate(_SAMPLE.items(), start=2):
        if sorted(kind for kind, where, _ in found if where == line) != expected:
            return f"{name} is not known to the search: it compiles `{statement}` in a new way"
    return ""
