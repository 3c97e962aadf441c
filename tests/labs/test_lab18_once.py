"""Graded checks of lab 18: each job once in quiet times, and never harmfully in others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from itertools import count

import pytest

from workerlab.contracts.once.dying import (
    another_starts_meanwhile,
    dies_after_failures,
    dies_at_the_sink,
    dies_in_a_post,
    dies_in_its_run,
    dies_while_it_marks,
)
from workerlab.contracts.once.ended import all_find_an_ended_lease
from workerlab.contracts.once.failing import (
    one_call_hangs,
    the_sink_fails,
    the_sink_hangs,
    the_sink_refuses,
)
from workerlab.contracts.once.held import (
    AT_ITS_CALL,
    BEFORE_ITS_MARK,
    FAILED,
    is_held_at_the_sink,
    is_held_in_its_run,
)
from workerlab.contracts.once.looking import look_in_step, steps_to_a_call
from workerlab.contracts.once.quiet import (
    all_workers_agree,
    done_jobs_last,
    many_jobs,
    one_job_after_the_other,
)
from workerlab.contracts.once.stage import Stage
from workerlab.contracts.once.starting import (
    all_respond,
    in_step,
    nobody_looks,
    restarts,
    waiting_jobs_last,
)
from workerlab.contracts.scenes import Scene, Scenes
from workerlab.errors import AppDidNotStart
from workerlab.grading import CheckInconclusive, check
from workerlab.grading.creators import all_create_at_once
from workerlab.grading.databases import new_database
from workerlab.grading.staging import PrivateServices
from workerlab.services import Redis

WORKERS = 5
TICK_MS, SHORT_MS, LONG_MS = 200, 50, 60_000
MOST_TOGETHER = 5  # messages of a look that all workers take in step
MOST_LOOKS = 15  # in one order, until one has taken so little time that it says something
MOST_ROUNDS = 3  # of many jobs, until one says something
MARKS = 2  # messages after the sink's answer behind which a runner is killed
LAST_STEPS = 4  # messages before a call behind which a runner is held, or killed
STOP_S = 3.5  # the contract's 3 s, and a little for a machine that is busy
NUMBERS = count()
EveryStage = Callable[..., AbstractContextManager[Stage]]


@pytest.fixture(scope="module")
def a_stage(launch, stores: PrivateServices) -> EveryStage:
    """a_stage(tick, workers) makes a Stage with stores of its own, to be used in a `with`."""

    @contextmanager
    def make(tick: int, workers: int, together: bool = False) -> Iterator[Stage]:
        with ExitStack() as stack:
            redis = Redis(own=True, allowed=())
            url = new_database(stores.env["DATABASE_URL"], f"stage{next(NUMBERS)}")
            env = {"REDIS_URL": stack.enter_context(redis), "DATABASE_URL": url}
            options = {}
            if together:
                options["start"] = partial(
                    in_step,
                    workers=workers,
                    database=lambda stage: all_create_at_once(
                        url,
                        workers,
                        by=stores.admin["postgres"],
                        app=stage.server.tree,
                        stores=[*stores.pids, redis.pid],
                    ),
                )
            start = partial(launch, patience=STOP_S)
            yield stack.enter_context(Stage(start, env, tick, workers=workers, **options))

    return make


@pytest.fixture(scope="module")
def scenes(a_stage: EveryStage, request: pytest.FixtureRequest) -> Iterator[Scenes]:
    """What happens beside the checks: on stages of its own, for those checks that are run."""
    checks = [item.obj.workerlab_check.id for item in request.session.items]
    stage = partial(a_stage, TICK_MS, 3)
    first = Scene(
        partial(a_stage, LONG_MS, WORKERS, together=True),
        ("five_workers_start_at_once", all_respond),
        ("reads_its_settings", nobody_looks),
        ("no_job_is_lost", waiting_jobs_last),
    )
    claims = Scene(
        stage,
        ("a_killed_runner_is_replaced", _dies_with_a_claim),
        ("survives_a_killed_worker", another_starts_meanwhile),
    )
    killed = Scene(
        stage,
        ("a_killed_runner_is_replaced", partial(dies_at_the_sink, where=AT_ITS_CALL)),
        ("a_killed_runner_is_replaced", partial(dies_at_the_sink, where=BEFORE_ITS_MARK)),
        ("a_killed_runner_is_replaced", dies_after_failures),
    )
    posts = Scene(stage, ("no_job_is_lost", dies_in_a_post))
    held = Scene(
        stage,
        ("a_slow_runner_does_no_harm", partial(is_held_at_the_sink, where=AT_ITS_CALL)),
        ("a_slow_runner_does_no_harm", partial(is_held_at_the_sink, where=FAILED)),
    )
    in_its_run = Scene(
        stage,
        ("a_slow_runner_does_no_harm", partial(is_held_at_the_sink, where=BEFORE_ITS_MARK)),
        ("a_slow_runner_does_no_harm", _is_held_at_the_last_steps),
    )
    failing = Scene(
        stage,
        ("no_job_is_lost", the_sink_fails),
        ("no_job_is_lost", the_sink_refuses),
        ("no_job_is_lost", one_call_hangs),
        ("no_job_is_lost", done_jobs_last),
    )
    restart = Scene(
        stage,
        ("answers_while_the_sink_hangs", the_sink_hangs),
        *(("no_job_is_lost", partial(dies_while_it_marks, step=n + 1)) for n in range(MARKS)),
        ("survives_a_restart", restarts),
    )
    ended = [
        Scene(
            partial(a_stage, SHORT_MS, 3),
            ("a_killed_runner_is_replaced", partial(all_find_an_ended_lease, together=together)),
        )
        for together in ((1, 2), (3,))
    ]
    long = (posts, ended[0], held, in_its_run, restart, claims, killed, failing)
    with Scenes([[scene] for scene in (*long, ended[1], first)], checks) as scenes:
        yield scenes


def _dies_with_a_claim(stage: Stage) -> None:
    """Behind its last message before its call, and then behind earlier ones: who runs is a new one."""
    for back in range(LAST_STEPS):
        runner, steps = steps_to_a_call(stage)
        if steps <= back:
            return
        dies_in_its_run(stage, runner, steps - back)


def _is_held_at_the_last_steps(stage: Stage) -> None:
    runner, steps = steps_to_a_call(stage)
    for step in range(max(1, steps - LAST_STEPS + 1), steps + 1):
        is_held_in_its_run(stage, runner, step)


@pytest.fixture(scope="module")
def main(a_stage: EveryStage, quick: bool) -> Iterator[Stage]:
    """The stage that the checks use one after the other."""
    with a_stage(SHORT_MS, 2 if quick else WORKERS) as stage:
        yield stage


@pytest.fixture
def stage(main: Stage, tried: dict[str, int]) -> Iterator[Stage]:
    """The same, for one check: it counts the requests, and leaves nobody held."""
    main.desk.tried = tried
    yield main
    main.turns.everybody_passes()
    main.thaw()


@check(
    "starts",
    title="Five workers start and respond",
    points=0.5,
    quick=True,
    hints=(
        "What does the file do while Python imports it, and in its lifespan?",
        (
            "A task that runs jobs for ever must not be awaited before the `yield` of the lifespan: "
            "start it with `asyncio.create_task`, and keep the task in a variable."
        ),
        (
            "The file needs an object named `app`, a store made from `os.environ['REDIS_URL']` or "
            "`os.environ['DATABASE_URL']`, and `TICK_MS` and `SINK_URL` from the environment."
        ),
    ),
)
def test_starts(stage: Stage, request: pytest.FixtureRequest, quick: bool) -> None:
    if not quick:
        request.getfixturevalue("scenes")  # they begin now
    for pid in stage.desk.pids:
        stage.desk.ask(pid, "POST", "/jobs", {"name": "a job"})  # any response


@check(
    "follows_the_contract",
    title="Each endpoint and each call is as the contract says",
    points=0.5,
    quick=True,
    hints=(
        "What exactly does each endpoint promise, and which of your responses differs?",
        (
            "Two jobs may have the same name. A job is running while its call is under way, and "
            "done afterwards. The call goes to SINK_URL as it is, with the id and a whole number."
        ),
        (
            "Each POST makes a new job (`INCR`), with no look-up (`HGET`) of its name, and the step "
            "that takes a job also writes that its `'state'` is `'running'`. Then the worker itself "
            'does `await sink.post(SINK_URL, json={"id": job, "epoch": epoch})`, where the epoch is '
            "the small whole number that was counted when the job was taken, unchanged. 404 for an id "
            "that was never given out."
        ),
    ),
)
def test_follows_the_contract(stage: Stage) -> None:
    one_job_after_the_other(stage)


@check(
    "one_object_for_all_workers",
    title="Every worker knows every job",
    points=0.5,
    quick=True,
    hints=(
        "In which process's memory is the list of jobs?",
        (
            "A job that one worker has taken is asked for at all others: at once after the 201, and "
            "when it is done."
        ),
        (
            "Keep jobs and states in the store, and nothing between requests in the worker: each GET "
            'does `state = await store.hget(f"job:{number}", "state")`.'
        ),
    ),
)
def test_one_object_for_all_workers(stage: Stage) -> None:
    all_workers_agree(stage)


@check(
    "each_job_is_done_once",
    title="In quiet times each job is called once",
    points=1.5,
    quick=True,
    hints=(
        "Two workers look at the same moment, and both see the same job. What decides who has it?",
        (
            "Seeing a job and taking it must be one step of the store. And a lease must be longer "
            "than a call: a second, when nothing goes wrong."
        ),
        (
            "One Lua script that finds a job and takes it (`ZRANGEBYSCORE` for what is due, and `ZADD` "
            "for the end of its lease, `LEASE_MS = 2300` from now); or `UPDATE … WHERE id = (SELECT id "
            "… FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING …` in PostgreSQL."
        ),
    ),
)
def test_each_job_is_done_once(stage: Stage, quick: bool) -> None:
    judged = [_was_judged(stage, together) for together in range(3 if quick else MOST_TOGETHER)]
    if not quick:
        judged.append(any(many_jobs(stage) for _ in range(MOST_ROUNDS)))
    if not all(judged):
        raise CheckInconclusive("the machine is too busy to see how often a job is called")


def _was_judged(stage: Stage, together: int) -> bool:
    """Whether all workers looked at one moment and went on in each order, and in time."""
    return all(
        any(look_in_step(stage, together, order) for _ in range(MOST_LOOKS))
        for order in (sorted, partial(sorted, reverse=True))
    )


@check(
    "a_killed_runner_is_replaced",
    title="A runner that is killed is replaced",
    points=1.5,
    hints=(
        "A worker has taken a job and is killed. Who notices?",
        (
            "A dead worker cannot give a job back. So a claim must end by itself: a lease of more "
            "than one and at most three seconds."
        ),
        (
            "Keep beside each job the moment when its lease ends (`LEASE_MS = 2300` from now: "
            "`ZADD`), and let a look also find running jobs whose lease has ended (`ZRANGEBYSCORE`). "
            "One Lua script does all of it: it finds a job, takes it or gives it back, and counts "
            "its next `epoch` (`HINCRBY`, never in memory), which the call sends."
        ),
    ),
)
def test_a_killed_runner_is_replaced(scenes: Scenes, tried: dict[str, int]) -> None:
    scenes.went_well("a_killed_runner_is_replaced", tried)


@check(
    "a_slow_runner_does_no_harm",
    title="A runner that was held does no harm when it goes on",
    points=1.5,
    hints=(
        "A runner sleeps until its lease has ended and another has the job. What does it do then?",
        (
            "Its epoch must be the one that it got with its claim. What it does afterwards must not "
            "change a job that another one has: neither on a failure nor after a 409."
        ),
        (
            "One Lua script takes the job and counts its epoch (`HINCRBY`); where only a leader "
            "takes jobs, it checks first that this worker still leads. Free a job, or delete its "
            "lock, only if it is still yours: `WHERE epoch = mine`, or `if redis.call('HGET', …, "
            "'epoch') ~= ARGV[2] then return end`. After a 409 do nothing at all: done is only "
            "`status_code == 200`."
        ),
    ),
)
def test_a_slow_runner_does_no_harm(scenes: Scenes, tried: dict[str, int]) -> None:
    scenes.went_well("a_slow_runner_does_no_harm", tried)


@check(
    "no_job_is_lost",
    title="No job is lost, whoever dies and however the sink fails",
    points=1.0,
    hints=(
        "Between which two lines of yours is a job nowhere, or not found by any look?",
        (
            "A job whose 201 was sent must be stored by then. A call that failed is tried again for "
            "ever, TICK_MS later at the earliest and 5 s later at the latest. And marking a job done "
            "must be one step."
        ),
        (
            "Store a job in one step (`await add(…)`) before the 201, mark it done in one step (`await "
            "mark_done(…)`) after a 200 and only then, with no `EXPIRE`. Catch what your HTTP client "
            "raises (`httpx.HTTPError, TimeoutError`), and after any other failure, too, set the "
            "moment from which the job may be taken again: `now + TICK_MS`, counted from the failure "
            "(`ZADD`). Count no attempts: no `ZREM` before the job is done."
        ),
    ),
)
def test_no_job_is_lost(scenes: Scenes, tried: dict[str, int]) -> None:
    scenes.went_well("no_job_is_lost", tried)


@check(
    "answers_while_the_sink_hangs",
    title="Every worker answers while its calls hang",
    points=0.5,
    hints=(
        "What does the worker do while it waits for the sink?",
        (
            "A call that blocks the event loop blocks all requests to this worker. And a call that "
            "is waited for without a limit holds its runner for ever."
        ),
        (
            "Use an asynchronous client, or a thread, and give a call two seconds at most: `async with "
            "asyncio.timeout(2):` around `await sink.post(…)`."
        ),
    ),
)
def test_answers_while_the_sink_hangs(scenes: Scenes, tried: dict[str, int]) -> None:
    scenes.went_well("answers_while_the_sink_hangs", tried)


@check(
    "reads_its_settings",
    title="TICK_MS says when a worker looks",
    points=0.5,
    hints=(
        "What makes your worker look for jobs?",
        (
            "This check serves your app with TICK_MS=60000. Jobs that are posted after the first "
            "second must wait: neither a POST nor a notification wakes a worker."
        ),
        (
            'With `TICK_MS = int(os.environ["TICK_MS"])`, look, and then wait for the end of the app '
            "alone: `await asyncio.wait_for(stop.wait(), TICK_MS / 1000)`. Look again at once only "
            "after a job, and let no POST and no message wake the runner."
        ),
    ),
)
def test_reads_its_settings(scenes: Scenes, tried: dict[str, int]) -> None:
    scenes.went_well("reads_its_settings", tried)


@check(
    "five_workers_start_at_once",
    title="Five workers may start at once on empty stores",
    points=0.5,
    hints=(
        "What do five workers do at the same moment, on stores that are empty?",
        (
            "`CREATE TABLE IF NOT EXISTS` looks first and creates afterwards. Two workers can both "
            "look before either creates, and one of them gets an error."
        ),
        (
            "Let one go after the other: `SELECT pg_advisory_xact_lock(18)` first in the transaction "
            "that creates the tables. Redis has no tables to make."
        ),
    ),
)
def test_five_workers_start_at_once(scenes: Scenes, tried: dict[str, int]) -> None:
    try:
        scenes.went_well("five_workers_start_at_once", tried)
    except AppDidNotStart as error:
        raise AssertionError(
            f"The app fails when all its workers start at once on empty stores.\n{error}"
        ) from None


@check(
    "survives_a_killed_worker",
    title="A worker that starts in the midst of work disturbs nobody",
    points=0.5,
    hints=(
        "A worker is replaced while others run jobs. What does the new one do as it starts?",
        "It cannot know that it is the first. What it wipes, or frees, may belong to another one.",
        (
            "Delete the lines before the `yield` of the lifespan that write (`flushdb`, `zadd`): "
            "leases end by themselves."
        ),
    ),
)
def test_survives_a_killed_worker(scenes: Scenes, tried: dict[str, int]) -> None:
    scenes.went_well("survives_a_killed_worker", tried)


@check(
    "survives_a_restart",
    title="A restart of the app forgets no job",
    points=0.5,
    hints=(
        "The app stops and starts again, and the stores go on. What does the app do as it starts?",
        "Code at module level and in the lifespan runs at every start. Does any of it write?",
        (
            "Delete the lines that write, and number jobs in the store (`INCR`). Put nothing into the "
            "names of keys or into ids that is new in each life of the app, such as `os.getppid()`."
        ),
    ),
)
def test_survives_a_restart(scenes: Scenes, tried: dict[str, int]) -> None:
    scenes.went_well("survives_a_restart", tried)


@check(
    "leaves_nothing_behind",
    title="After a stop, no process is left",
    points=0.5,
    hints=(
        "What ends your runner when the server stops?",
        (
            "A thread without `daemon=True` keeps its process alive. And redis-py can swallow a "
            "`task.cancel()` on Python 3.11: a lifespan that awaits the task then never ends."
        ),
        (
            "Make a `stop = asyncio.Event()`, which the runner waits for in place of a sleep. After "
            "the `yield`, do `stop.set()` and no cancel, and then await the runner (or join it)."
        ),
    ),
)
def test_leaves_nothing_behind(stage: Stage) -> None:
    job = stage.posted()
    stage.is_called(job)
    stage.is_done(job, after="a job was posted, and its call was answered 200")
    stage.server.close()
    left = ", ".join(stage.server.left_behind)
    assert not left, f"the server was stopped, and these processes live on: {left}"
