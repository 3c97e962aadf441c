"""The fixtures of graded checks: the submission, its stores and its servers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from workerlab.errors import NotReady
from workerlab.evidence import Evidence
from workerlab.grading.api import MARK, STARTS
from workerlab.grading.behind.meetings import Meetings
from workerlab.grading.behind.nights import after_a_night, let_the_night_pass
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
from workerlab.servers.templates import prepare
from workerlab.stepping import SteppedServer

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
        if lab.runner == "uvicorn":
            prepare(unswapped(folder / "app.py"))
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
    own_server: Server, wired: Wired, stores: PrivateServices, services: dict[str, str]
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

    def calm() -> None:
        if "REDIS_URL" in services:
            let_the_night_pass(services["REDIS_URL"])

    with Meetings(own_server, held, stop, pids, lock, calm) as meetings:
        yield meetings


@pytest.fixture
def night(services: dict[str, str]) -> Callable[[], AbstractContextManager[None]]:
    """`with night():` a night passes in `server`'s Redis, and the block asks what must have lasted."""
    return partial(after_a_night, services)


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


@pytest.fixture(scope="module")
def own_server(
    request: pytest.FixtureRequest, quick: bool, server: Server, launch: Callable[..., Server]
) -> Server:
    """The submission on the stores of `services`, for what follows a search.

    `server` may be the stepped server's own, whose stores are others: a request there would never
    meet one of the instance that is held.
    """
    if quick or _only_to_see_it_start(request):
        return launch().start()  # which also ends it
    return server


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


@pytest.fixture
def progress(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Reports what is being tried."""
    return request.config.stash.get(PROGRESS, lambda text: None)
