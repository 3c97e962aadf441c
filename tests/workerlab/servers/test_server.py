"""A server that runs: its workers, its address, its log, its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from workerlab.errors import BadUsage
from workerlab.servers import Server, readiness, serve


def get(url: str, method: str = "GET"):
    """The JSON answer and the pid of the worker that gave it."""
    request = urllib.request.Request(url, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer), int(answer.headers["x-worker-pid"])


def test_every_worker_has_answered(server):
    assert len(server.pids) == 3
    assert set(server.pids) <= set(server.tree())
    assert get(server.url + "/report")[1] in server.pids


def test_connections_reach_one_worker_each(server):
    pairs = server.connections()
    try:
        assert [pid for pid, _ in pairs] == server.pids
        for pid, connection in pairs:
            for _ in range(2):  # kept alive: the second request meets the same worker
                connection.request("GET", "/report")
                answer = connection.getresponse()
                answer.read()
                assert int(answer.headers["x-worker-pid"]) == pid
    finally:
        readiness.close(connection for _, connection in pairs)


def test_the_app_sees_the_client_as_without_us(server):
    assert get(server.url + "/client")[0] == {"host": "127.0.0.1", "path": "/client"}


def test_the_file_is_imported_as_app_and_its_prints_are_in_the_log(server):
    assert server.log.count("imported as app") == 3


def test_a_line_for_each_worker(server):
    lines = repr(server).splitlines()
    assert lines[0] == "app.py: 3 workers (uvicorn)"
    assert [line.split()[-1] for line in lines if "worker " in line] == [
        str(p) for p in server.pids
    ]


def test_only_our_own_processes_can_be_killed(server):
    with pytest.raises(BadUsage, match="not a process of this server"):
        server.kill(os.getpid())


def test_a_killed_worker_is_replaced_and_answers(counter):
    with Server(counter, workers=2) as server:
        victim, other = server.pids
        server.kill(victim)
        assert server.pids == [other]
        pids = server.wait_for_workers()
        assert len(pids) == 2
        assert other in pids
        assert victim not in pids


def test_restart_keeps_the_port_and_starts_anew(counter):
    with Server(counter, workers=2) as server:
        url, pids = server.url, server.pids
        get(url + "/increment", "POST")
        server.restart()
        assert server.url == url
        assert not set(server.pids) & set(pids)
        assert get(url + "/report")[0] == {"count": 0}
        assert server.log.count("imported as app") == 4, "the log goes on over a restart"


def test_after_close_there_is_only_the_log(counter):
    server = serve(counter, workers=2)
    port, tree, folder = int(server.url[-5:]), server.tree(), server._instances[0].child.folder
    with server:
        pass
    assert not readiness.alive(tree)
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert "imported as app" in server.log
    assert repr(server) == "app.py: not running"
    server.close()  # a second time does nothing
    with server:
        assert len(server.pids) == 2
        with pytest.raises(BadUsage, match="runs already"):
            server.start()


def test_the_app_runs_in_its_own_folder_with_the_environment_given(write_app):
    app = write_app(
        "import os, beside\nfrom fastapi import FastAPI\napp = FastAPI()\n"
        "app.get('/')(lambda: [os.getcwd(), os.environ['COLOUR'], beside.NAME])",
        "any_name.py",
    )
    write_app("NAME = 'beside'", "beside.py")
    with Server(app, workers=1, env={"COLOUR": "blue"}) as server:
        assert get(server.url)[0] == [str(app.parent), "blue", "beside"]


def test_a_module_and_attribute_can_be_served(write_app):
    write_app("from fastapi import FastAPI\nmain = FastAPI()\nmain.get('/')(lambda: 1)", "mine.py")
    folder = write_app("", "other.py").parent
    with Server("mine:main", workers=1, app_dir=folder) as server:
        assert get(server.url)[0] == 1


def test_an_edit_within_the_same_second_is_seen(write_app):
    source = "from fastapi import FastAPI\napp = FastAPI()\napp.get('/')(lambda: {})"
    for answer in (1, 2):
        app = write_app(source.format(answer))
        os.utime(app, (1_000_000_000, 1_000_000_000))
        with Server(app, workers=1) as server:
            assert get(server.url)[0] == answer


def test_a_port_that_was_asked_for(counter):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadUsage, match=f"port {port} is already in use"):
            Server(counter, workers=1, port=port).start()
    with Server(counter, workers=1, port=port) as server:
        assert server.url == f"http://127.0.0.1:{port}"


def test_a_worker_that_ignores_sigterm_is_killed_after_a_bound(write_app):
    app = write_app(
        "import signal, time\nfrom fastapi import FastAPI\napp = FastAPI()\n"
        "@app.on_event('shutdown')\ndef never():\n    time.sleep(1000)\n"
    )
    server = serve(app, workers=2)
    tree, began = server.tree(), time.monotonic()
    server.close()
    assert not readiness.alive(tree)
    assert time.monotonic() - began < 10


def test_what_outlives_the_server_is_named_and_killed(write_app):
    app = write_app(
        "import subprocess\nfrom fastapi import FastAPI\napp = FastAPI()\n"
        "subprocess.Popen(['sleep', '1000'], start_new_session=True)"
    )
    server = serve(app, workers=2)
    tree = server.tree()
    server.close()
    assert server.left_behind == ["sleep", "sleep"]
    assert not readiness.alive(tree)


def test_nothing_stays_when_the_servers_parent_is_killed(counter):
    with Server(counter, workers=2) as server:
        tree = server.tree()
        parent = next(pid for pid in tree if pid not in server.pids)
        server.kill(parent)
        for pid in tree:
            readiness.wait_for_end(pid)


def test_an_interrupt_of_the_caller_does_not_reach_the_server(counter):
    """What JupyterLab's Interrupt does: SIGINT to the notebook kernel's whole process group."""
    caller = (
        "import os, signal\nfrom workerlab.servers import serve\n"
        f"server = serve({str(counter)!r}, workers=2)\npids = server.pids\n"
        "try:\n    os.killpg(0, signal.SIGINT)\n    signal.pause()\nexcept KeyboardInterrupt:\n"
        "    print(server.wait_for_workers() == pids)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", caller],
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
    )
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr


def test_a_forked_child_of_the_caller_does_not_keep_the_server(counter):
    """The child holds a copy of the pipe that would tell of the caller's end."""
    caller = (
        "import os, time\nfrom workerlab.servers import serve\n"
        f"server = serve({str(counter)!r}, workers=2)\n"
        "child = os.fork()\nif child == 0:\n    time.sleep(60)\n"
        "print(child, *server.tree(), flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", caller], stdout=subprocess.PIPE, text=True
    ) as done:
        child, *tree = map(int, done.stdout.readline().split())
        assert tree
        for pid in tree:
            readiness.wait_for_end(pid, 10)
        os.kill(child, signal.SIGKILL)


def test_behind_jupyterhub_the_link_goes_through_its_proxy(counter, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    with serve(counter, workers=1) as server:
        port = server.url.rpartition(":")[2]
        assert server.link == f"/user/ada/proxy/{port}/"
        shown = server._repr_mimebundle_()
        assert f'<a href="{server.link}" target="_blank">' in shown["text/html"]
        assert f'<a href="{server.link}docs" target="_blank">docs</a>' in shown["text/html"]
        assert get(server.url + "/report")[0] == {"count": 0}
        page = urllib.request.urlopen(server.url + "/docs", timeout=10).read().decode()
        assert f"/user/ada/proxy/{port}/openapi.json" in page
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX")
    with serve(counter, workers=1) as server:
        assert server.link == server.url + "/"
        assert server._repr_mimebundle_() == {"text/plain": repr(server)}
