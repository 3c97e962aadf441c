"""Servers of one app begin as forks of one process; each is on its own all the same."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sandboxes import in_the_open

from workerlab.processes.entrance import Entrance
from workerlab.processes.starts import as_a_script
from workerlab.processes.tree import descendants, parents
from workerlab.servers import Server, templates
from workerlab.servers.readiness import wait_for_end
from workerlab.servers.templates import starts_for
from workerlab.stepping import SteppedServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are warm on Linux alone")

APP = """
import os
import sys

import limits
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def about() -> dict:
    return {
        "mark": os.environ.get("MARK"), "folder": os.getcwd(), "own": limits.OWN,
        "held": "workerlab.stepping.worker.agent" in sys.modules,
        "ours": [name for name in ("limits", "tree", "waiting") if name in sys.modules],
    }
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "limits.py").write_text("OWN = 'the app has a module of this name'\n")
    (tmp_path / "app.py").write_text(APP)
    return tmp_path / "app.py"


def template_of(server: Server) -> int:
    """The process that the lifeline was forked from; our own where it is a script."""
    (instance,) = server._instances
    assert instance.root
    return parents()[instance.root]


def told(server: Server) -> dict:
    ((_, connection), *others) = server.connections()
    for _, other in others:
        other.close()
    return _ask(connection)


def _ask(connection: HTTPConnection) -> dict:
    connection.request("GET", "/")
    with connection.getresponse() as response:
        found = json.loads(response.read())
    connection.close()
    return found


def test_two_servers_have_one_template_and_settings_of_their_own(app: Path) -> None:
    with (
        Server(app, workers=2, warm=True, env={"MARK": "one"}) as one,
        Server(app, workers=1, warm=True, env={"MARK": "two"}) as two,
    ):
        assert template_of(one) == template_of(two) != os.getpid()
        assert [told(one)["mark"], told(two)["mark"]] == ["one", "two"]
        gone = one.tree()
        one.close()
        assert told(two)["mark"] == "two"
        assert not {*gone} & parents().keys()


def test_a_template_that_is_prepared_is_the_one_that_servers_begin_from(app: Path) -> None:
    templates.end()  # those of earlier tests
    templates.prepare(app)
    (prepared,) = templates._ours()._known.values()
    with Server(app, workers=2, warm=True) as server:
        assert template_of(server) == prepared._process.pid


def test_a_server_whose_requests_can_be_held_shares_the_template_and_nothing_more(
    app: Path,
) -> None:
    with SteppedServer(app, workers=2) as held, Server(app, workers=2, warm=True) as server:
        assert template_of(held.server) == template_of(server) != os.getpid()
        assert [told(held.server)["held"], told(server)["held"]] == [True, False]


def test_a_sandbox_that_no_fork_enters_is_left_to_bubblewrap(app: Path) -> None:
    with Server(app, workers=1, warm=True) as server, open(os.devnull) as no_namespace:
        template = templates._template_for(app, {**os.environ})
        assert not template.can_enter(Entrance((no_namespace.fileno(),), (), None, ""))
        assert told(server)["folder"] == str(app.parent)
        with Server(app, workers=1, warm=True) as other:
            assert template_of(other) == template_of(server)


def test_an_app_has_its_own_modules_and_folder(app: Path) -> None:
    for _ in range(2):
        with Server(app, workers=2, warm=True) as server:
            found = told(server)
    assert found["own"] == "the app has a module of this name"
    assert found["ours"] == ["limits"]
    assert found["folder"] == str(app.parent)


def test_who_could_tell_the_difference_starts_plainly(app: Path) -> None:
    app.write_text(APP + "\nlock = hash('seat 1')\n")
    with Server(app, workers=2, warm=True) as server:
        assert template_of(server) == os.getpid()


@pytest.mark.parametrize(
    ("name", "value", "same"),
    [
        ("MARK", "another", True),
        ("PYTEST_CURRENT_TEST", "another", True),
        ("PYTHONHASHSEED", "7", False),
        ("TZ", "Asia/Tokyo", False),
    ],
)
def test_what_python_reads_at_its_start_has_a_template_of_its_own(
    app: Path, name: str, value: str, same: bool
) -> None:
    usual, changed = {**os.environ}, {**os.environ, name: value}
    one, other = (starts_for(str(app), env) for env in (usual, changed))
    assert (one._template is other._template) is same
    assert as_a_script not in (one, other)


def test_what_has_other_libraries_has_a_template_of_its_own(app: Path, tmp_path: Path) -> None:
    another = tmp_path / "another.py"
    another.write_text("import redis\n" + APP)
    env = {**os.environ}
    assert starts_for(str(app), env) is not starts_for(str(another), env)


READS = """
import os

names = set()
plainly = os._Environ.__getitem__


def noted(environ, name):
    names.add(name)
    return plainly(environ, name)


os._Environ.__getitem__ = noted
os.environ["WORKERLAB_APP"] = "not/there.py"
from importlib import import_module
from workerlab.servers.preload import KNOWN, preload

preload()
for one in sorted(KNOWN):
    try:
        import_module(one)
    except ImportError:
        pass
print(*sorted(names), sep="\\n")
"""


def test_no_library_reads_another_setting_as_it_is_imported() -> None:
    """Else two servers that differ in it would have one template."""
    done = subprocess.run([sys.executable, "-c", READS], capture_output=True, text=True, check=True)
    told = {"WORKERLAB_APP", "WORKERLAB_AGENT"}
    early = templates.READ_EARLY
    assert [
        one for one in done.stdout.split() if one not in told and not one.startswith(early)
    ] == []


def test_a_template_that_died_is_made_anew(app: Path) -> None:
    with Server(app, workers=1, warm=True) as server:
        first = template_of(server)
    os.kill(first, signal.SIGKILL)
    with Server(app, workers=1, warm=True) as server:  # perhaps plainly, if nobody has noticed yet
        assert template_of(server) != first
        assert told(server)["mark"] is None


def test_the_servers_of_a_template_that_is_let_go_live_on(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "MOST", 1)
    with Server(app, workers=1, warm=True) as server:
        first = template_of(server)
        with Server(app, workers=1, warm=True, env={"PYTHONHASHSEED": "7"}) as other:
            assert template_of(other) != first
        assert told(server)["own"]
        assert first in parents()
    wait_for_end(first, 30)  # now it ends by itself


CALLER = """
import os, sys
from workerlab.processes.tree import descendants
from workerlab.servers import Server

server = Server(sys.argv[1], workers=2, warm=True).start()
if os.fork() == 0:  # it has all our descriptors, and lives on
    import time
    time.sleep(60)
print(*descendants(os.getpid()), flush=True)
sys.stdin.read()
"""


def test_nothing_outlives_a_caller_that_is_killed(app: Path) -> None:
    words = [sys.executable, "-c", CALLER, str(app)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as caller:
        assert caller.stdout
        pids = [*map(int, caller.stdout.readline().split())]
        assert len(pids) > 5 and {*pids} <= {*descendants(caller.pid)}
        sleeper = next(pid for pid in pids if parents()[pid] == caller.pid and _sleeps(pid))
        caller.kill()
    try:
        for pid in {*pids} - {sleeper}:
            wait_for_end(pid, 30)
    finally:
        os.kill(sleeper, signal.SIGKILL)


def _sleeps(pid: int) -> bool:
    """Whether it is the fork: it has the caller's own command line."""
    return CALLER.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()


INTERRUPTED = """
import os, shutil, sys, tempfile
from workerlab.servers import Server, templates

starts = templates.starts_for(sys.argv[1], {**os.environ})
template = starts._template
with Server(sys.argv[1], workers=1, warm=True) as server:
    folder = tempfile.mkdtemp()
    own = folder + "-of-the-lifeline"
    words = ["folder=" + own, "log=" + own + "/log", "--", "/bin/true"]
    line, amid = template._line, sys.argv[2]

    class Interrupted:
        def __getattr__(self, name):
            if name != amid:
                return getattr(line, name)
            shutil.rmtree(folder)
            raise KeyboardInterrupt

    template._line = Interrupted()
    os.chdir(folder)
    try:
        starts(words, None, folder, ())
    except KeyboardInterrupt:
        print("interrupted")
    os.chdir("/")
    server.restart()
    print(server.running)
    print(templates.starts_for(sys.argv[1], {**os.environ}) is not template)
print(template._process.wait(60), os.path.exists(own))
"""


@pytest.mark.parametrize("amid", ["sendall", "recv"])
def test_ctrl_c_amid_a_fork_disturbs_no_other_server(app: Path, amid: str) -> None:
    """The caller has sent half an order, or all of it, and its folder is gone."""
    words = [sys.executable, "-c", INTERRUPTED, str(app), amid]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    assert done.stdout.split() == ["interrupted", "True", "True", "0", "False"]


READ = """
import os, sys
from workerlab.processes.tree import parents
from workerlab.servers import Server

with Server(sys.argv[1], workers=1, warm=True) as server:
    (instance,) = server._instances
    template, (worker, *_) = parents()[instance.root], server.pids
    owners = [os.stat(f"/proc/{pid}/maps").st_uid for pid in (template, instance.root, worker)]
    print(os.getuid(), *owners)
"""


def test_who_has_the_same_user_reads_no_template_and_no_lifeline() -> None:
    """Linux gives the memory of a process to root that says so, and of any other to its user."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "limits.py").write_text("OWN = 1")
        (folder / "app.py").write_text(APP)
        command = [sys.executable, "-c", READ, str(folder / "app.py")]
        if os.getuid() == 0:
            who = ["--reuid=61000", "--regid=61000", "--clear-groups"]
            command = in_the_open([shutil.which("setpriv"), *who, *command])
        env = {**os.environ, "HOME": "/nonexistent"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env)
    assert done.returncode == 0, done.stderr
    user, template, lifeline, worker = done.stdout.split()
    assert (template, lifeline, worker) == ("0", "0", user)
    assert user != "0"
