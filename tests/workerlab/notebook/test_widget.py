"""The live player without a page: what is asked of it, and what the page then shows."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workerlab import live
from workerlab.errors import BadUsage, WorkerlabError
from workerlab.notebook import alive
from workerlab.stepping import SteppedServer
from workerlab.stepping.searching.replay import replay

APPS = Path(__file__).parents[3] / "notebooks/apps"
APP = APPS / "shared_memory.py"


@pytest.fixture
def env(tmp_path):
    (tmp_path / "count").write_bytes(bytes(8))
    return {"STATE_FILE": str(tmp_path / "count")}


@pytest.fixture
def game(env):
    made = live(APP, env=env, goal="Lose an update.")
    yield made
    made.close()


def press(game, **message) -> None:
    """What a button of the page sends."""
    game._handle_custom_msg(message, [])


def test_what_the_page_is_shown_first(game):
    assert (game.mode, game.goal, game.busy) == ("live", "Lose an update.", False)
    assert (game.enabled, game.branches) == (["A", "B"], [])
    assert game.outcome == {"status": "open", "message": "A has not begun; B has not begun."}
    assert [column["task"] for column in game.data["columns"]] == ["A", "B"]
    assert game.data["frames"] == []


def test_buttons_move_workers_until_an_update_is_lost(game, env):
    for task in "ABAB":
        assert task in game.enabled
        press(game, do="step", task=task)
    assert [frame["text"] for frame in game.data["frames"][:2]] == ["count = shared[0]"] * 2
    assert game.outcome["status"] == "found" and game.enabled == []
    verdict = game.check()
    assert verdict.passed and game.outcome["message"] == verdict.message
    with SteppedServer(APP, env=env) as again:
        assert replay(again, verdict.evidence).status == "failed"


def test_what_was_found_is_not_said_of_another_schedule_that_is_shown(game):
    for schedule in ("ABAB", "AABB"):
        game.go(schedule)
    assert game.check().passed
    assert game.outcome["status"] == "no loss" and "loses nothing" in game.outcome["message"]


def test_buttons_go_back_and_to_other_branches(game):
    press(game, do="go", schedule=["A", "A", "B"])
    press(game, do="back")
    assert game.run.schedule == ["A", "A"]
    press(game, do="reset")
    assert game.data["frames"] == [] and game.enabled == ["A", "B"]
    assert [branch["name"] for branch in game.branches] == ["AAB"]
    press(game, do="go", schedule=game.branches[0]["schedule"])
    assert game.run.schedule == ["A", "A", "B"]


def test_the_page_hears_that_the_workers_move(game):
    seen = []
    game.observe(lambda change: seen.append((change.name, change.new)), ["busy", "enabled"])
    press(game, do="go", schedule=["A", "A"])
    assert seen == [("busy", True), ("enabled", ["B"]), ("busy", False)]


def test_a_button_that_cannot_work_is_reported_and_harms_nothing(game):
    press(game, do="step", task="C")
    assert game.outcome["message"] == "C cannot move now: step A or B"
    for nonsense in ({"do": "step"}, {"do": "step", "task": 1}, {"do": "dance"}, {}, "x", None):
        game._handle_custom_msg(nonsense, [])
    press(game, do="go", schedule=["A", {"b": 1}])
    assert game.run.schedule == ["A"] and not game.busy


def test_from_python_wrong_moves_raise(game):
    with pytest.raises(BadUsage, match="C cannot move now"):
        game.step("C")
    assert not game.busy


@pytest.mark.further
def test_as_text_it_is_the_schedule_so_far(game):
    assert 'Go on with step("A") or step("B").' in repr(game)
    game.step("A")
    bundle, _ = game._repr_mimebundle_()
    text = bundle["text/plain"]
    assert text.startswith("Lose an update.") and "count = shared[0]  → 0" in text
    assert "A stands before line 20, shared[0] = count + 1; B has not begun." in text
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == game.model_id
    assert "nothing runs" in bundle["text/html"] and "shared[0]" in bundle["text/html"]


def test_closed_it_leaves_no_process_and_says_so(game):
    game.step("A")
    pids = game.run.stepped.server.tree()
    game.close()
    assert alive(pids) == []
    press(game, do="step", task="A")
    assert "The workers of this player have ended" in game.outcome["message"]
    assert game.enabled == [] and len(game.data["frames"]) == 1
    with pytest.raises(WorkerlabError, match="have ended"):
        game.reset()


def test_the_same_call_again_ends_the_first(game, env):
    with_other_goal = live(APP, env=env, goal="Again.")
    assert game.closed and not with_other_goal.closed
    with_other_goal.close()


@pytest.mark.further
def test_gunicorn_does_not_kill_a_worker_that_a_reader_holds(env):
    game = live(APP, env=env, runner="gunicorn", extra=("--timeout", "1"))
    try:
        game.step("A")
        pids = game.run.stepped.server.pids
        time.sleep(2.5)  # the reader thinks
        assert alive(pids) == pids
        game.go("AA")
        assert "A has answered" in game.outcome["message"]
    finally:
        game.close()


@pytest.mark.further
@pytest.mark.parametrize("missing", ["anywidget", "traitlets"])
def test_without_anywidget_it_says_what_to_do(missing, tmp_path):
    (tmp_path / f"{missing}.py").write_text(f"raise ModuleNotFoundError('no', name='{missing}')")
    code = "import workerlab; workerlab.explore; workerlab.live"
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", code]
    error = subprocess.run(command, env=env, capture_output=True, text=True).stderr
    assert f"the live player needs the package {missing}, which is not installed" in error


def test_nothing_is_imported_before_it_is_used():
    code = "import sys, workerlab; workerlab.serve; sys.exit('anywidget' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
