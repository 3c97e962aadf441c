"""What every worker imports: the reader's app, with the worker's pid on each answer.

Keep it small: five workers pay for it at every start.
"""

import os
import sys

PROBE = "/.workerlab/worker"  # asked for by the harness; the app never sees it
WORKER_BOOT_ERROR = 3  # uvicorn and gunicorn both give up at this exit status


def load(target: str):
    """The app named by `target`: a file (imported under the name `app`) or "module:attribute"."""
    if target.endswith(".py"):
        return load_file(target).app
    from importlib import import_module

    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute or "app")


def load_file(path: str):
    """Import the file as the module `app`, as `uvicorn app:app` in its folder would."""
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_loader

    class AlwaysCompiles(SourceFileLoader):
        # Cached bytecode is matched by size and whole seconds: an edit of one character,
        # graded within the same second, would run the old code.
        def get_code(self, fullname):
            return self.source_to_code(self.get_data(path), path)

    module = module_from_spec(spec_from_loader("app", AlwaysCompiles("app", path)))
    sys.modules["app"] = module
    module.__spec__.loader.exec_module(module)
    return module


def fail(summary: str, details: str) -> None:
    """Tell the harness, once, why the app does not start."""
    path = os.path.join(os.environ["WORKERLAB_FOLDER"], "failure")
    draft = f"{path}.{os.getpid()}"
    with open(draft, "w") as file:
        file.write(f"{summary}\n{details}")
    os.replace(draft, path)


def fail_import(error: BaseException, target: str) -> None:
    """The app could not be imported: print its own part of the traceback, and give up."""
    import traceback

    told = traceback.TracebackException.from_exception(error)
    while told.stack and (
        told.stack[0].filename == __file__ or "importlib" in told.stack[0].filename
    ):
        del told.stack[0]
    details = "".join(told.format())
    print(details, file=sys.stderr, end="")
    summary = "".join(told.format_exception_only()).strip().splitlines()[-1]
    places = [f for f in told.stack if f.filename == target] or list(told.stack)
    line = error.lineno if isinstance(error, SyntaxError) else places and places[-1].lineno
    if isinstance(error, AttributeError) and not told.stack:
        summary = f"{os.path.basename(target)} has no object named `app`"
    elif line:
        summary += f" (line {line})"
    fail(summary, details)
    sys.exit(WORKER_BOOT_ERROR)


def with_pid(inner):
    """Wrap an ASGI app: the header `x-worker-pid` on every answer, and an answer to the probe."""
    starts = ("http.response.start", "websocket.accept")

    async def app(scope, receive, send):
        pid = (b"x-worker-pid", str(os.getpid()).encode())

        async def send_with_pid(message):
            if message["type"] in starts:
                message = {**message, "headers": [*message.get("headers", ()), pid]}
            elif message["type"] == "lifespan.startup.failed":
                told = message.get("message", "").strip() or "its start-up failed"
                fail("its start-up failed: " + told.splitlines()[-1], told)
            await send(message)

        if scope["type"] == "http" and scope["path"].endswith(PROBE):
            await send({"type": "http.response.start", "status": 204, "headers": [pid]})
            await send({"type": "http.response.body"})
        else:
            await inner(scope, receive, send_with_pid)

    return app


def prepare():
    """The app that this worker serves; under the stepping engine, behind its gate."""
    target = os.environ["WORKERLAB_APP"]
    stepping = os.environ.get("WORKERLAB_STEPPING")
    if stepping:
        from workerlab.stepping import gate

        gate.install(os.getcwd())
    try:
        inner = load(target)
    except BaseException as error:  # SystemExit too: an app that calls exit() does not start
        fail_import(error, target)
    return with_pid(gate.wrap(inner) if stepping else inner)


app = prepare()
