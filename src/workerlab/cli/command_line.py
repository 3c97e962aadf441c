"""The command `workerlab`: one verb after another, and no logic of its own.

An error is reported in one line with its help, never in a traceback; Ctrl-C ends
everything, and nothing is left. Exit statuses: 0 all is well, 1 something was found, 2 wrong
usage or it could not be done, 3 inconclusive, 130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys

from workerlab.cli.tell import BAD_USAGE, INTERRUPTED, OUTPUT_CLOSED, tell


def main(arguments: list[str] | None = None) -> int:
    """Run one command line (the process's own, unless given); returns the exit status."""
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one must not tear the farewell
        print("interrupted; nothing is left running", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (head, less) is gone; discard what is still in our buffers.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUTPUT_CLOSED


def _run(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        # A terminal without our signs still gets the words. (Both streams are files.)
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    from workerlab.errors import WorkerlabError

    debug = "--debug" in arguments or bool(os.environ.get("WORKERLAB_DEBUG"))
    arguments = [word for word in arguments if word != "--debug"]
    try:
        from workerlab.cli.verbs import command

        status = command().main(arguments, prog_name="workerlab", standalone_mode=False)
        sys.stdout.flush()
    except WorkerlabError as error:
        tell(str(error), error.advice, error.details)
        return BAD_USAGE
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 (the reader gets one line for any error)
        return _unexpected(error, arguments, debug)
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    return status or 0


def _unexpected(error: Exception, arguments: list[str], debug: bool) -> int:
    if hasattr(error, "format_message"):  # click's own; typer carries a copy of click, or not
        message = error.format_message().rstrip(".")
        if not message:  # no verb at all: the help has been shown
            return BAD_USAGE
        verb = next((word for word in arguments if not word.startswith("-")), "")
        verb = "" if "No such command" in message else verb
        help_ = " ".join(filter(None, ["workerlab", verb, "--help"]))
        tell(message, f"`{help_}` shows what there is, with examples")
        return BAD_USAGE
    if type(error).__name__ == "Abort":
        raise KeyboardInterrupt from None
    if debug:
        import traceback

        traceback.print_exc()
    message = f"{type(error).__name__}: {error}".splitlines()[0]
    advice = "this is a bug in workerlab; the same command with --debug behind it shows where"
    tell(message, advice)
    return BAD_USAGE
