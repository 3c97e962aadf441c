"""What every worker imports: the reader's app, with the worker's pid on each response.

Keep it small: five workers pay for it at every start.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # not from typing, whose import would take longer than all the others
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import Any

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PROBE = "/.workerlab/worker"  # asked for by the harness; the app never sees it
FIX_START_UP = "fix the app's start-up code (its lifespan), or start what it needs"
WORKER_BOOT_ERROR = 3  # uvicorn and gunicorn both give up at this exit status


def load(target: str) -> Any:
    """The app named by `target`: a file or "module:attribute"; a function makes it."""
    if target.endswith(".py"):
        return made(load_file(target).app)
    from importlib import import_module

    module, _, attribute = target.partition(":")
    return made(getattr(import_module(module), attribute or "app"))


def made(found: Any) -> Any:
    """The app itself, or what a function without arguments makes (`create_app`)."""
    code = getattr(found, "__code__", None)
    makes = code is not None and not code.co_argcount and not code.co_kwonlyargcount
    return found() if makes else found


def place_in_a_package(path: str) -> tuple[str, str]:
    """The folder above the outermost package that a file is in, and its module's name from there.

    The name is "" for a file in no package.
    """
    folder, name = os.path.split(path)
    names = [name.removesuffix(".py")]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        names.insert(0, package)
    return folder, ".".join(names) if len(names) > 1 else ""


def load_file(path: str) -> ModuleType:
    """Import the file as uvicorn would in its folder: as the module `app`, as it is mostly called.

    Under its own name where a package `app` is beside it; as part of its package if it is in one.
    """
    from importlib import import_module
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_loader

    root, module_name = place_in_a_package(path)
    if module_name:
        sys.path.insert(0, root)
        return import_module(module_name)
    if root not in sys.path:  # it runs in another folder
        sys.path.insert(0, root)
    beside = os.path.isdir(os.path.join(root, "app"))
    name = os.path.basename(path).removesuffix(".py") if beside else "app"

    class AlwaysCompiles(SourceFileLoader):
        # Cached bytecode is matched by size and whole seconds: an edit of one character,
        # graded within the same second, would run the old code.
        def get_code(self, fullname: str) -> CodeType:
            return self.source_to_code(self.get_data(path), path)

    loader = AlwaysCompiles(name, path)
    spec = spec_from_loader(name, loader)
    assert spec  # there is a loader, so there is a spec
    module = module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def note(name: str) -> str:
    """The path of a note to the harness."""
    return os.path.join(os.environ["WORKERLAB_FOLDER"], name)


class Starting:
    """Marks this process as starting: if it dies before the end, the harness knows at once."""

    def __enter__(self) -> None:
        self.mark = note(f"starting.{os.getpid()}")
        os.close(os.open(self.mark, os.O_CREAT | os.O_WRONLY))

    def __exit__(self, *_: object) -> None:
        try:
            os.unlink(self.mark)
        except FileNotFoundError:  # already unmarked
            pass


def fail(summary: str, advice: str, details: str) -> None:
    """Report to the harness why the app does not start."""
    draft = note(f"failure.{os.getpid()}")
    with open(draft, "w") as file:
        file.write(f"{summary}\n{advice}\n{details}")
    os.replace(draft, note("failure"))


def fail_import(error: BaseException, target: str) -> None:
    """The app could not be imported: print its own part of the traceback, and give up."""
    import traceback

    error_text = traceback.TracebackException.from_exception(error)
    while error_text.stack and error_text.stack[0].filename.startswith(
        (__file__, "<frozen importlib")
    ):
        del error_text.stack[0]
    details = "".join(error_text.format())
    print(details, file=sys.stderr, end="")
    from workerlab.servers.import_failure import told

    fail(*told(error, target, error_text.stack), details)
    sys.exit(WORKER_BOOT_ERROR)


def with_pid(inner: ASGIApp) -> ASGIApp:
    """Wrap an ASGI app: the header `x-worker-pid` on every response, and a response to the probe."""
    starts = ("http.response.start", "websocket.accept")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await start_and_stop(inner, scope, receive, send)
        pid = (b"x-worker-pid", str(os.getpid()).encode())

        async def send_with_pid(message: Message) -> None:
            if message["type"] in starts:
                message = {**message, "headers": [*message.get("headers", ()), pid]}
            await send(message)

        if scope["type"] == "http" and scope["path"].endswith(PROBE):
            await send({"type": "http.response.start", "status": 204, "headers": [pid]})
            await send({"type": "http.response.body"})
        else:
            await inner(scope, receive, send_with_pid)

    return app


def exception_of(traceback: str) -> str:
    """The line of a traceback that says what was raised: a message may go on below it.

    Of a group of exceptions it is that of the last one in it.
    """
    import re

    lines = [re.sub(r"^ +[|+] ", "", line) for line in traceback.splitlines()]  # of a group
    starts = [n for n, line in enumerate(lines) if "Traceback (most recent call last)" in line]
    behind = lines[starts[-1] + 1 :] if starts else []
    return next((line for line in behind if line and not line.startswith(" ")), lines[-1])


async def start_and_stop(inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Pass the app's start-up and shutdown on, and report to the harness when the start-up fails."""
    starting = Starting()

    async def send_and_tell(message: Message) -> None:
        if message["type"] == "lifespan.startup.failed":
            why = message.get("message", "").strip() or "it gave no reason"
            fail(f"its start-up failed: {exception_of(why)}", FIX_START_UP, why)
        starting.__exit__()
        await send(message)

    with starting:
        await inner(scope, receive, send_and_tell)


def prepare() -> ASGIApp:
    """The app that this worker serves, behind what its server has it carry (`Server`'s agent)."""
    target = os.environ["WORKERLAB_APP"]
    agent = None
    if name := os.environ.pop("WORKERLAB_AGENT", ""):  # the app must not see it
        from importlib import import_module

        agent = import_module(name)
        agent.install(os.getcwd())
    try:
        with Starting():
            inner = load(target)
    except BaseException as error:  # noqa: BLE001 (SystemExit too: then it does not start)
        fail_import(error, target)
    return with_pid(agent.wrap(inner) if agent else inner)


app = prepare()
