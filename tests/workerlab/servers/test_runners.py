"""The ways to run an app: each really does what its command line says."""

import statistics
import time

import pytest

from workerlab.errors import BadUsage
from workerlab.servers import Server, readiness, runners


@pytest.mark.parametrize("runner", ["gunicorn", "preload"])
def test_gunicorn_serves_and_replaces_a_killed_worker(counter, runner):
    with Server(counter, workers=2, runner=runner) as server:
        assert len(server.pids) == 2
        assert server.log.count("imported as app") == (1 if runner == "preload" else 2)
        server.kill(server.pids[0])
        assert len(server.wait_for_workers()) == 2


def test_instances_have_a_port_each(counter):
    with Server(counter, workers=2, runner="instances") as server:
        assert len(set(server.urls)) == 2
        assert len(server.pids) == 2
    with Server(counter, workers=2, instances=2) as server:
        assert len(set(server.urls)) == 2
        assert len(server.pids) == 4


def seconds_for_a_request(server: Server) -> float:
    """The median over a kept-alive connection."""
    (_, connection), *others = server.connections()
    took = []
    for _ in range(9):
        began = time.perf_counter()
        connection.request("GET", "/report")
        connection.getresponse().read()
        took.append(time.perf_counter() - began)
    readiness.close([connection, *(other for _, other in others)])
    return statistics.median(took)


@pytest.mark.serial
def test_several_workers_on_asyncio_wait_for_a_delayed_acknowledgement(counter):
    """The fact that notebook 02 shows; passing the socket down must neither hide nor add it."""
    took = {}
    for workers, loop in [(2, "asyncio"), (1, "asyncio"), (2, "uvloop"), (2, "auto")]:
        with Server(counter, workers=workers, loop=loop) as server:
            took[workers, loop] = seconds_for_a_request(server)
    slow = took.pop((2, "asyncio"))
    assert slow > 0.035
    assert max(took.values()) < slow / 2, took


def test_an_access_log_leaves_the_harness_out(counter):
    with Server(counter, workers=1, access_log=True) as server:
        pairs = server.connections()
        pairs[0][1].request("GET", "/report")
        pairs[0][1].getresponse().read()
        readiness.close(connection for _, connection in pairs)
        assert "GET /report" in server.log
        assert "/.workerlab" not in server.log


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runner": "hypercorn"}, "no runner is called"),
        ({"runner": "gunicorn", "root_path": "/x"}, "no --root-path"),
        ({"runner": "gunicorn", "loop": "uvloop"}, "no loop"),
        ({"workers": 0}, "at least one worker"),
        ({"instances": 2, "port": 8000}, "cannot share one port"),
    ],
)
def test_combinations_that_do_not_exist(counter, options, message):
    with pytest.raises(BadUsage, match=message) as caught:
        Server(counter, **options).start()
    assert caught.value.advice


def test_the_command_line_is_what_one_would_type():
    line = " ".join(runners.command("uvicorn", 7, workers=5, extra=("--limit-max-requests", "60")))
    assert "-m uvicorn workerlab.servers.boot:app --workers 5 --fd 7" in line
    assert line.endswith("--limit-max-requests 60")
    line = " ".join(runners.command("preload", 7, workers=2))
    assert "--bind fd://7" in line
    assert "--preload" in line
