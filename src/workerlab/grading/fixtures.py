"""The fixtures of graded checks: services, servers, and the search."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from workerlab.errors import NotReady
from workerlab.evidence import Evidence
from workerlab.grading.api import MARK, STARTS, CheckFailed, CheckInconclusive
from workerlab.grading.behind.at_the_store import meet
from workerlab.grading.behind.bursts import burst_behind
from workerlab.grading.behind.crashes_at_the_store import crash as killed_at_the_store
from workerlab.grading.behind.full_speed import TWO_INCREMENTS, at_full_speed
from workerlab.grading.behind.meetings import Meetings
from workerlab.grading.behind.nights import let_the_night_pass
from workerlab.grading.databases import in_database
from workerlab.grading.manifest import Manifest, find
from workerlab.grading.staging import (
    STEPPED_WORKERS,
    PrivateServices,
    private_services,
    stepped_submission,
    unswapped,
)
from workerlab.grading.stash import PROGRESS, SHOWN, TRIED, new_tally
from workerlab.grading.submission import assembled
from workerlab.network.delay import Stop, Wire
from workerlab.servers import Server
from workerlab.stepping import SteppedServer, search
from workerlab.stepping.program import Program
from workerlab.stepping.searching.crash_points import DEADLINE_S, CrashSearch
from workerlab.verdict import Verdict

QUICK_WORKERS = 2
Wired = tuple[Server, Stop] | None  # an instance behind links, and their stop


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest) -> Manifest:
    """The lab that this file checks."""
    return find(request.path.stem.removeprefix("test_"))


@pytest.fixture(scope="module")
def submission(request: pytest.FixtureRequest, lab: Manifest) -> Iterator[Path]:
    """The folder with the submission put together."""
    given = request.config.getoption("submission") or lab.folder.parent
    with assembled(lab, Path(given)) as folder:
        yield folder


@pytest.fixture(scope="module")
def stores(lab: Manifest) -> Iterator[PrivateServices]:
    """Private stores for `server`."""
    with private_services(lab) as private:
        yield private


@pytest.fixture(scope="module")
def services(stores: PrivateServices) -> dict[str, str]:
    """These stores, as the settings that the app reads."""
    return stores.env


@pytest.fixture(scope="module")
def wired(launch: Callable[..., Server], services: dict[str, str]) -> Iterator[Wired]:
    """One more instance, which reaches its stores over links, and their stop; None without any."""
    with Wire(services) as wire:
        if wire.links:
            with launch(workers=1, env=wire.env) as server:
                yield server, wire.stop
        else:
            yield None


@pytest.fixture(scope="module")
def meetings(
    server: Server, wired: Wired, stores: PrivateServices, services: dict[str, str]
) -> Iterator[Meetings | None]:
    """Where requests are made to meet at the store; None for a lab without one."""
    if wired is None:
        yield None
        return
    lock = ""
    if "postgres" in stores.admin:
        database = urlsplit(services["DATABASE_URL"]).path.lstrip("/")
        lock = in_database(stores.admin["postgres"], database)
    held, stop = wired
    pids = [pid for pid in stores.pids if pid]
    calm = partial(let_the_night_pass, services["REDIS_URL"]) if "REDIS_URL" in services else None
    with Meetings(server, held, stop, pids, lock, calm or (lambda: None)) as meetings:
        yield meetings


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    given: int = request.config.getoption("seed")
    return given


@pytest.fixture(scope="session")
def quick(request: pytest.FixtureRequest) -> bool:
    wanted: bool = request.config.getoption("quick")
    return wanted


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> dict[str, int]:
    """The counts of this check's tries; the check adds to them."""
    tally: dict[str, int] = request.node.stash.setdefault(TRIED, new_tally())
    return tally


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Callable[[Evidence], None]:
    """show(evidence): evidence of a check that passes, such as the student's schedule."""
    return lambda evidence: request.node.stash.__setitem__(SHOWN, evidence)


@pytest.fixture(scope="module")
def never_came() -> list[NotReady]:
    """Why the submission's server was waited for in vain, once that has been tried."""
    return []


def _not_again(never_came: list[NotReady]) -> None:
    """Do not wait half a minute for each further server that will not start either."""
    if never_came:
        raise never_came[0]


@pytest.fixture(scope="module")
def launch(
    lab: Manifest, submission: Path, services: dict[str, str], never_came: list[NotReady]
) -> Iterator[Callable[..., Server]]:
    """launch(**options) -> a Server of the submission, to be used in a `with`."""
    with ExitStack() as stack:

        def make(*, env: dict[str, str] | None = None, **options: Any) -> Server:
            _not_again(never_came)
            options = {"workers": lab.workers, "runner": lab.runner, "warm": True, **options}
            server = Server(unswapped(submission / "app.py"), env=services | (env or {}), **options)
            stack.callback(server.close, kill=True)
            return server

        yield make


@pytest.fixture(scope="module")
def stepped(
    lab: Manifest, submission: Path, quick: bool, never_came: list[NotReady]
) -> Iterator[SteppedServer]:
    """The submission under the stepping engine, with stores of its own."""
    _not_again(never_came)
    with stepped_submission(
        lab, submission, QUICK_WORKERS if quick else STEPPED_WORKERS
    ) as stepped:
        yield stepped


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, quick: bool) -> Iterator[Server]:
    """The submission under the lab's number of workers, shared by the checks of a file.

    In a quick check it is the stepped server's own server, and so it is when nothing but `starts` asks
    for one: one start in place of two.
    """
    if quick or _only_to_see_it_start(request):
        yield request.getfixturevalue("stepped").server
    else:
        server = request.getfixturevalue("launch")()  # which also ends it
        try:
            server.start()
        except NotReady as error:
            request.getfixturevalue("never_came").append(error)
            raise
        yield server


def _is_starts(item: pytest.Function) -> bool:
    return getattr(getattr(item.obj, MARK, None), "id", "") == STARTS


def _only_to_see_it_start(request: pytest.FixtureRequest) -> bool:
    """Whether the stepped server is started anyhow, and the other checks that are run need no server."""
    items = [
        item
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path
    ]
    others = [item.fixturenames for item in items if not _is_starts(item)]
    return any("stepped" in names for names in others) and not any(
        "server" in names for names in others
    )


def _must_hold(verdict: Verdict, tried: dict[str, int]) -> Verdict:
    for name, number in verdict.tried.items():
        tried[name] = max(tried[name], number) if name == "preemptions" else tried[name] + number
    if verdict.status == "failed":
        raise CheckFailed(verdict.message, verdict.evidence)
    if verdict.status == "inconclusive":
        raise CheckInconclusive(verdict.message)
    return verdict


@pytest.fixture
def progress(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Reports what is being tried."""
    return request.config.stash.get(PROGRESS, lambda text: None)


@pytest.fixture(scope="module")
def searched() -> dict[tuple[object, ...], Verdict]:
    """The searches of this file: two equal searches have one result."""
    return {}


@pytest.fixture(name="search")
def search_fixture(
    request: pytest.FixtureRequest,
    stepped: SteppedServer,
    searched: dict[tuple[object, ...], Verdict],
    tried: dict[str, int],
    seed: int,
    quick: bool,
    progress: Callable[[str], None],
) -> Callable[..., Verdict]:
    """search("POST /a | POST /b", before=…, after=…, model=…): no schedule may lose.

    Increments that no schedule is sure to lose are sent at full speed, too, in the full check.

    on   a stepped server, if it is not the file's usual one
    """
    budget = {"seconds": 1.5, "schedules": 150}
    if quick:
        budget = {"seconds": 0.6, "schedules": 70, "least": 12}

    def verdict_on(program: str, on: SteppedServer | None, asked: dict[str, Any]) -> Verdict:
        options: dict[str, Any] = {"seed": seed, "progress": progress, **budget, **asked}
        verdict = search(on or stepped, program, **options)
        if quick or on or verdict.status == "failed":
            return verdict
        frame = {name: asked[name] for name in ("before", "after", "model") if name in asked}
        return behind(verdict, Program.parse(program, **frame))

    def behind(verdict: Verdict, program: Program) -> Verdict:
        """A second opinion when no schedule breaks the app: steps that no line shows, and a burst."""
        if program.starts_a_worker:
            return verdict
        if (meetings := request.getfixturevalue("meetings")) is not None:
            met = meet(meetings, program, progress)
            tried = {name: number + met.tried[name] for name, number in verdict.tried.items()}
            verdict = replace(met if met.status == "failed" else verdict, tried=tried)
        if program.model == "settings":  # lab 11 sends bursts of its own
            return verdict
        server = request.getfixturevalue("server")
        if verdict.status != "failed" and str(program) == TWO_INCREMENTS:
            verdict = at_full_speed(server, verdict)
        if verdict.status != "failed":
            verdict = burst_behind(server, program, verdict, progress)
        return verdict

    def must_hold(program: str, *, on: SteppedServer | None = None, **asked: Any) -> Verdict:
        question = (program, on, *sorted(asked.items()))
        if question not in searched:
            searched[question] = verdict_on(program, on, asked)
        return _must_hold(searched[question], tried)

    return must_hold


@pytest.fixture
def crash(
    request: pytest.FixtureRequest,
    stepped: SteppedServer,
    tried: dict[str, int],
    quick: bool,
    progress: Callable[[str], None],
) -> Callable[..., Verdict]:
    """crash("POST /increment", …): a worker killed at any point of it harms no other.

    on   a stepped server, if it is not the file's usual one
    """

    def must_hold(
        asked: str,
        *,
        on: SteppedServer | None = None,
        then: str = "",
        deadline: float = DEADLINE_S,
        **frame: str,
    ) -> Verdict:
        program = Program.parse(asked, **frame)
        crashes = CrashSearch(on or stepped, program, deadline, progress, then)
        verdict = _must_hold(crashes.run(), tried)
        if quick or on or (meetings := request.getfixturevalue("meetings")) is None:
            return verdict
        seen = crashes.steps_on_stores
        return _must_hold(
            killed_at_the_store(meetings, program, crashes.then, deadline, seen), tried
        )

    return must_hold
