"""Why an app could not be imported, and what to do: read from the exception, in the worker."""

from __future__ import annotations

import os
import sys
from traceback import FrameSummary, StackSummary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

LIBRARIES = (os.path.dirname(os.__file__) + os.sep, f"{os.sep}site-packages{os.sep}", "<")
OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
SETTINGS = "give the app its settings: {} (or a file of them: --env-file FILE)"
MOST_NAMED = 6


def told(error: BaseException, target: str, stack: StackSummary) -> tuple[str, str]:
    """A summary in one line, and advice in another.

    target   the app as it was named: a file or "module:attribute"
    stack    what of the traceback is not the harness's
    """
    name = os.path.basename(target)
    if isinstance(error, AttributeError) and not stack:
        return f"{name} has no object named `app`", "define one: app = FastAPI()"
    if isinstance(error, SyntaxError):
        place = _place(error.filename or target, error.lineno)
        return f"SyntaxError: {error.msg} {place}", f"fix that line; then start {name} again"
    place = _place_of(stack, target)
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"{_in_words(error)} {place}", _about_a_module(error.name, target)
    if settings := _settings_missing(error):
        asked = " ".join(f"--env {one}=…" for one in settings[:MOST_NAMED])
        wanted = ", ".join(settings)
        return f"it has no value for the setting {wanted} {place}", SETTINGS.format(asked)
    return f"{_in_words(error)} {place}", f"fix that line; then start {name} again"


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"


def _place(file: str, line: int | str | None) -> str:
    return f"({os.path.basename(file)}, line {line})"


def _place_of(stack: StackSummary, target: str) -> str:
    """The last line of the app's own in the traceback; else the last of all."""
    own = [frame for frame in stack if _is_own(frame)] or [*stack]
    return _place(own[-1].filename, own[-1].lineno) if own else _place(target, "?")


def _is_own(frame: FrameSummary) -> bool:
    file = frame.filename
    return not file.startswith((LIBRARIES[0], LIBRARIES[2], OURS)) and LIBRARIES[1] not in file


def _about_a_module(name: str, target: str) -> str:
    module = name.partition(".")[0]
    if module in sys.modules and name != module and _is_library(sys.modules[module]):
        return (
            f"the {module} in {sys.prefix} is a release without {name}: install the one that the "
            "app is made for (its lock file may name it)"
        )
    if ":" in target and target.partition(":")[0].partition(".")[0] == module:
        return f"there is no {module} in {os.getcwd()}: name the folder that it is in (--app-dir)"
    ours = sys.prefix
    return (
        f"{ours} has no package {module}: install it there, or name the app's own environment "
        "(--python .venv)"
    )


def _is_library(module: ModuleType) -> bool:
    return LIBRARIES[1] in (getattr(module, "__file__", None) or "")


def _settings_missing(error: BaseException) -> list[str]:
    """The settings that an app asked for and did not get: by os.environ, Starlette or pydantic."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if isinstance(error, KeyError) and trace and trace.tb_frame.f_code.co_filename == "<frozen os>":
        return [str(error.args[0])]
    if trace and trace.tb_frame.f_globals.get("__name__") == "starlette.config":
        return [str(trace.tb_frame.f_locals["key"])] if isinstance(error, KeyError) else []
    if not callable(errors := getattr(error, "errors", None)) or not _is_of_settings(error):
        return []
    found: list[dict[str, Any]] = errors()
    missing = [one for one in found if one.get("type") in ("missing", "value_error.missing")]
    return [str(one["loc"][0]) for one in missing if one.get("loc")]


def _is_of_settings(error: BaseException) -> bool:
    """Whether it was raised while settings were read, and not some other model of the app's."""
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_globals.get("__name__", "").startswith("pydantic_settings"):
            return True
        if "_env_file" in trace.tb_frame.f_locals:  # the settings of pydantic's first version
            return True
        trace = trace.tb_next
    return False
