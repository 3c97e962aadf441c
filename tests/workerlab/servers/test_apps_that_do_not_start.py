"""An app that cannot start is reported at once, with its own last lines; nothing is left of it."""

import re
import time

import pytest

from workerlab.errors import AppDidNotStart, BadUsage, NotReady
from workerlab.servers import Server

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
LIFESPAN = (
    "from contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n"
    "@asynccontextmanager\nasync def life(app):\n    raise ConnectionError('no Redis here')\n"
    "    yield\napp = FastAPI(lifespan=life)\n"
)
GROUP = (
    "import asyncio\n"
    + LIFESPAN.replace(
        "    raise ConnectionError('no Redis here')\n",
        "    async with asyncio.TaskGroup() as group:\n        group.create_task(connect())\n",
    )
    + "async def connect():\n    raise OSError('no Redis here')\n"
)
CASES = {
    "syntax": ("def f(:\n", r"SyntaxError: invalid syntax \(app.py, line 1\)", "def f"),
    "import": (
        "import no_such_thing\n" + APP,
        r"ModuleNotFoundError: No module named 'no_such_thing' \(app.py, line 1\)",
        "import no_such_thing",
    ),
    "setting": (
        "import os\nKEY = os.environ['SECRET_KEY']\n" + APP,
        r"it has no value for the setting SECRET_KEY \(app.py, line 2\)",
        "SECRET_KEY",
    ),
    "name": (APP + "app.state.x = y\n", r"NameError: .*line 3", "app.state.x = y"),
    "several lines": ("raise ValueError('one\\ntwo')\n", r"ValueError: one \(app.py", "two"),
    "no app": ("application = 1\n", "app.py has no object named `app`", "AttributeError"),
    "lifespan": (LIFESPAN, "start-up failed: ConnectionError: no Redis here", "in life"),
    "lifespan, several lines": (
        LIFESPAN.replace("no Redis here", r"no table\n[SQL: \n\tid INT\n]\nsee the manual"),
        "start-up failed: ConnectionError: no table",
        "see the manual",
    ),
    "lifespan, task group": (GROUP, "start-up failed: OSError: no Redis here", "in connect"),
    "exit": ("import sys\nsys.exit('bye')\n", "SystemExit: bye", "sys.exit"),
    "silent exit": ("import os\nprint('so long')\nos._exit(0)\n", "not run", "so long"),
    "signal": (
        "import os\nprint('ouch', flush=True)\nos.kill(os.getpid(), 11)\n",
        "not run",
        "ouch",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_reported_with_its_own_lines(write_app, case):
    source, message, detail = CASES[case]
    server = Server(write_app(source), workers=2, deadline=20)
    began = time.monotonic()
    with pytest.raises(AppDidNotStart, match=message) as caught:
        server.start()
    assert time.monotonic() - began < 10
    assert detail in caught.value.details
    assert "boot.py" not in caught.value.details, "the reader did not write boot.py"
    assert caught.value.advice
    assert not server.running
    assert server.tree() == []


@pytest.mark.further
@pytest.mark.parametrize("options", [{"runner": "gunicorn"}, {"runner": "preload"}, {"workers": 1}])
@pytest.mark.parametrize("case", ["import", "lifespan", "silent exit"])
def test_other_runners_tell_it_too(write_app, options, case):
    source, message, _ = CASES[case]
    with pytest.raises(AppDidNotStart, match=message):
        Server(write_app(source), **{"workers": 2, **options}).start()


def test_an_app_that_never_answers(write_app):
    app = write_app("print('waiting for Godot')\nimport threading\nthreading.Event().wait()\n")
    with pytest.raises(NotReady, match="0 of 2 workers answered within 2 s") as caught:
        Server(app, workers=2, deadline=2).start()
    assert "waiting for Godot" in caught.value.details


def test_a_replacement_that_cannot_start(write_app):
    app = write_app(APP)
    with Server(app, workers=2) as server:
        app.write_text("import no_such_thing\n")
        server.kill(server.pids[0])
        with pytest.raises(AppDidNotStart, match="no_such_thing"):
            server.wait_for_workers(deadline=20)
        app.write_text(APP)
        server.restart()
        assert len(server.pids) == 2


@pytest.mark.further
def test_a_restart_that_cannot_start(write_app):
    app = write_app(APP)
    with Server(app, workers=2) as server:
        app.write_text("raise RuntimeError('no')\n")
        with pytest.raises(AppDidNotStart, match="RuntimeError: no"):
            server.restart()


@pytest.mark.parametrize("name", ["missing.py", "missing", "notes.txt"])
def test_no_such_file(tmp_path, name):
    tmp_path.joinpath("notes.txt").write_text("")
    with pytest.raises(BadUsage, match=name) as caught:
        Server(tmp_path / name)
    assert caught.value.advice


SETTINGS = """
class SettingsError(ValueError):
    def errors(self):
        return [{"type": "missing", "loc": ("DB_URI",)}, {"type": "missing", "loc": ("KEY",)}]

def read(_env_file=None):
    raise SettingsError("2 validation errors for Settings")

read()
"""


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        ("import os\nos.environ['KEY']\n", "--env KEY=… "),
        ("from starlette.config import Config\nConfig()('KEY')\n", "--env KEY=… "),
        (SETTINGS, "--env DB_URI=… --env KEY=… "),
        ("import no_such_thing\n", "has no package no_such_thing: .* (--python .venv)"),
        ("import fastapi.no_such_thing\n", "the fastapi in .* without fastapi.no_such_thing: "),
    ],
)
def test_what_the_reader_can_give_is_told(write_app, source, advice):
    with pytest.raises(AppDidNotStart) as caught:
        Server(write_app(source + APP), workers=1, deadline=20).start()
    assert re.search(re.escape(advice).replace(r"\.\*", ".*"), caught.value.advice)
