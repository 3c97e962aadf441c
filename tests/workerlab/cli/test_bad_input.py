"""Each wrong input is reported in one line, with its help, and exit status 2."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from further import mostly_further
from homes import LAB, LOCKED, RACY, Home, one_line_and_the_fix

from workerlab.cli import main


@pytest.fixture
def refused(home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    """refused(*arguments) -> what stderr says, for a command that must end with status 2."""
    monkeypatch.setenv("WORKERLAB_HOME", str(home.folder))
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(home.folder)

    def run(*arguments: object) -> str:
        status = main([str(argument) for argument in arguments])
        err = capsys.readouterr().err
        assert status == 2, err
        one_line_and_the_fix(err)
        return err

    return run


APP = f"labs/{LAB}/app.py"
BELOW_A_FILE = f"{APP}/result.json"  # a place that not even root can write


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("check nolab", f"choose one of: {LAB}"),
        (f"check {LAB} --only nothing", "choose one of: starts, no_lost_update"),
        ("check --submission nowhere", "there is no submission at nowhere"),
        (f"check {LAB} --submission nowhere", "there is no submission at nowhere"),
        (f"check {LAB} --submission tests", f"there is no {LAB} in tests"),
        (f"check {LAB} --json {BELOW_A_FILE}", "cannot write"),
        (f"check {LAB} --html {BELOW_A_FILE}", "cannot write"),
        (f"check {LAB} --seed x", "Invalid value for '--seed'"),
        ("check --sumbission labs", "--submission"),
        ("hint", "Missing argument 'LAB'"),
        ("hint nolab starts", f"choose one of: {LAB}"),
        (f"hint {LAB} nothing", "choose one of: starts, no_lost_update"),
        ("replay nowhere.json", "workerlab check LAB --json FILE"),
        (f"replay {APP}", "is not JSON"),
        ("explore nowhere.py", "there is no file nowhere.py"),
        ("labs here --folder labs", "work there"),
        ("labs there", "Did you mean 'here'?"),
        (f"explore labs/{LAB}/lab.toml", "is not a Python file"),
        (f"explore {APP} --program increment", 'write it as "POST /increment"'),
        (f"explore {APP} --model nothing", "counter, serial"),
        (f"explore {APP} --after GET\t/stock", "GET /stock is not a request of a counter"),
        (f"explore {APP} --runner nothing", "uvicorn, gunicorn, preload, instances"),
        (f"explore {APP} --with nothing", "redis, postgres"),
        (f"explore {APP} --workers 0", "--workers"),
        (f"explore {APP} --with redis --as nothing", "SQLALCHEMY_URL="),
        (f"explore {APP} --migrate false", "the migration ended with status 1"),
        (f"explore {APP} --trace-into nothing", "there is no package 'nothing'"),
        (f"explore {APP} --app-dir nowhere", "there is no folder nowhere"),
        (f"explore {APP} --app-dir tests", "is not in tests"),
        (f"explore {APP} --python nowhere", "nowhere"),
        (f"explore {APP} --env NAME", "write it as --env NAME=VALUE"),
        (f"explore {APP} --env-file nowhere", "cannot read nowhere"),
        (f"explore {APP} --question nowhere.toml", "cannot read nowhere.toml"),
        (f"explore {APP} --question {APP}", "is not TOML"),
        (f"explore {APP} --ignore a.b", "neither a place in JSON nor the name of a header"),
        (f"explore {APP} --invariant nothing", "name it as module:function"),
        ("scout nowhere.py", "there is no file nowhere.py"),
        (f"scout {APP} --with redis --as nothing", "SQLALCHEMY_URL="),
        (f"scout {APP} --migrate false", "the migration ended with status 1"),
        (f"scout {APP} --reset-command false", "the reset command ended with status 1"),
        (f"scout {APP} --app-dir tests", "is not in tests"),
        (f"scout {APP} --python nowhere", "nowhere"),
        (f"scout {APP} --python {APP}", "is no Python"),
        (f"scout {APP} --env NAME", "write it as --env NAME=VALUE"),
        (f"scout {APP} --env-file nowhere", "cannot read nowhere"),
        ("serve nowhere.py", "there is no file nowhere.py"),
        (f"serve {APP} --runner nothing", "uvicorn, gunicorn, preload, instances"),
        ("burst nowhere.py", "there is no file nowhere.py"),
        ("burst http://127.0.0.1:9 --requests 2", "ConnectError"),
        ("burst http://127.0.0.1:9 --connections nothing", "new, keep-alive, per-worker"),
        ("burst http://127.0.0.1:9 --request nothing", 'write it as "POST /increment"'),
        ("verify-labs nolab", f"choose one of: {LAB}"),
        ("verify-labs --jobs 0", "--jobs"),
        ("chekc", "Did you mean 'check'?"),
    ],
)
def test_a_wrong_command_line(refused, line: str, told: str) -> None:
    assert told in refused(*line.split(" "))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def app(:\n", "SyntaxError"),
        ("import no_such_module\napp = 1\n", "No module named 'no_such_module'"),
        ("application = 1\n", "has no object named `app`"),
        ("raise SystemExit('enough')\n", "SystemExit: enough"),
        ("import os\nos.environ['REDIS_URL']\n", "--with redis"),
    ],
    ids=["syntax", "import", "no-app", "exits", "no-store"],
)
@pytest.mark.parametrize("verb", mostly_further(["explore", "serve", "burst"], "explore".__eq__))
def test_an_app_that_does_not_start(refused, home: Home, verb: str, source: str, told: str) -> None:
    home.app.write_text(source)
    assert told in refused(verb, home.app, "--workers", 2)


@pytest.mark.parametrize("verb", ["explore", "serve", "burst"])
def test_an_app_that_hangs_while_it_is_imported(refused, home: Home, verb: str) -> None:
    home.app.write_text("import threading\nthreading.Event().wait()\n")
    assert "waiting" in refused(verb, home.app, "--deadline", 2, "--workers", 2)


ONE = "from fastapi import FastAPI\napp = FastAPI()\n"
HANGS = RACY.replace("    count = read()\n", "    import asyncio; await asyncio.Event().wait()\n")
HTML = RACY.replace("return {", "return '<html>' or {")
BROKEN = RACY.replace("    count = read()\n", "    print('here'); count = 1 / 0\n")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        pytest.param(ONE, "it has none", marks=pytest.mark.further),
        pytest.param(HANGS, "POST /increment got no answer", marks=pytest.mark.further),
        (HTML, "a counter answers"),
        pytest.param(BROKEN, "was answered 500, even alone", marks=pytest.mark.further),
    ],
    ids=["no-endpoints", "hangs", "html", "error"],
)
def test_an_app_that_does_not_answer_as_explore_needs_it(refused, home, source, told) -> None:
    home.app.write_text(source)
    assert told in refused("explore", home.app)


@pytest.mark.further
@pytest.mark.parametrize(
    ("source", "told"),
    [(ONE, "always answered 404"), (HANGS, "none of 4 requests"), (BROKEN, "always answered 500")],
    ids=["endpoint-missing", "hangs", "error"],
)
def test_an_app_that_answers_a_burst_with_nothing(refused, home, source, told) -> None:
    home.app.write_text(source)
    options = ("--workers", 1, "--requests", 4, "--clients", 2, "--timeout", 1)
    assert told in refused("burst", home.app, *options)


def test_a_reset_that_was_asked_for_must_be_there(refused, home: Home) -> None:
    home.app.write_text(RACY.replace("/reset", "/clear"))
    told = "it has POST /increment, GET /report, POST /clear"
    assert told in refused("explore", home.app, "--before", "POST /reset")


def test_a_counter_that_nothing_resets_must_say_where_it_stands(refused, home: Home) -> None:
    home.app.write_text(RACY.replace("/reset", "/clear").replace("/report", "/show"))
    assert "GET /report was answered 404" in refused("explore", home.app, "--after", "")


def test_a_port_in_use(refused, home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} is already in use" in refused("serve", home.app, "--port", port)


@pytest.mark.parametrize("verb", ["explore", "serve", "burst"])
def test_a_redis_that_does_not_answer(refused, home: Home, monkeypatch, verb: str) -> None:
    home.app.write_text("import os\nos.environ['REDIS_URL']\n" + RACY)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and never listening
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")
        err = refused(verb, home.app)
    assert "Redis does not answer at 127.0.0.1" in err
    assert "--with redis" in err


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({}, "is not a result"),
        ([], "is not a result"),
        ({"schema": "workerlab/explore/v1", "app": APP, "evidence": None}, "no losing schedule"),
        ({"schema": "workerlab/explore/v1", "app": APP, "evidence": {"program": 1}}, "not whole"),
        ({"schema": "workerlab/result/v1", "labs": 3}, "is not a result"),
    ],
)
def test_a_file_that_holds_no_schedule(refused, home: Home, result, told: str) -> None:
    file = home.folder / "result.json"
    file.write_text(json.dumps(result))
    assert told in refused("replay", file)


def test_no_repository_at_all(refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKERLAB_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.chdir("/")
    (tmp_path / "labs").rename(tmp_path / "gone")
    assert "WORKERLAB_HOME" in refused("check")


def test_a_bug_of_ours_is_a_line_and_its_place_is_shown_on_demand(home, monkeypatch, capsys):
    def broken(name: str) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setenv("WORKERLAB_HOME", str(home.folder))
    monkeypatch.setattr("workerlab.grading.hints.find", broken)
    assert main(["hint", LAB, "starts"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ZeroDivisionError: of ours\n  help: this is a bug in workerlab")
    assert "Traceback" not in err
    assert main(["hint", LAB, "starts", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "told"),
    mostly_further(
        [
            ("def app(:\n", "SyntaxError: invalid syntax (app.py, line 1)"),
            ("import no_such_module\n", "No module named 'no_such_module'"),
            ("application = 1\n", "has no object named `app`"),
        ],
        lambda case: "SyntaxError" in case[1],
    ),
    ids=["syntax", "import", "no-app"],
)
def test_a_submission_that_does_not_start_is_graded(home: Home, source: str, told: str) -> None:
    home.app.write_text(source)
    done = home.run("check", LAB, "--quick")
    assert done.returncode == 1, done.stderr
    assert told in done.stdout
    assert "0 of 3 points" in done.stdout
    assert "Traceback (most recent call last)" not in done.stderr


def test_a_folder_that_cannot_be_written_costs_a_warning(home: Home) -> None:
    (home.folder / ".workerlab").write_text("a file in the way, which stops even root")
    home.checks.write_text(QUICK_CHECKS)
    done = home.run("check", LAB)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("warning: ") == 1
    assert "cannot be written" in done.stderr
    hinted = home.run("hint", LAB, "starts")
    assert hinted.returncode == 0
    assert "1. one?" in hinted.stdout
    assert hinted.stderr.count("warning: ") == 1


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_read_only_repository(home: Home) -> None:
    home.checks.write_text(QUICK_CHECKS)
    home.folder.chmod(0o555)
    try:
        done = home.run("check", LAB)
    finally:
        home.folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("warning: ") == 1


QUICK_CHECKS = '''
"""A check that needs no server."""

from workerlab.grading import check


@check("starts", title="It starts", points=3, quick=True, hints=("one?", "two", "three"))
def test_starts(submission):
    assert submission.is_dir()
'''


def test_help_teaches_with_examples(refused, capsys: pytest.CaptureFixture) -> None:
    for verb in ("check", "hint", "replay", "serve", "burst", "explore", "scout", "verify-labs"):
        assert main([verb, "--help"]) == 0
        out = capsys.readouterr().out
        assert "Examples" in out, verb
        assert f"workerlab {verb}" in " ".join(out.split()), verb


def test_a_right_app_is_reported_as_right(home: Home) -> None:
    home.app.write_text(LOCKED)
    done = home.run("explore", home.app, "--seconds", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no losing schedule" in done.stdout
