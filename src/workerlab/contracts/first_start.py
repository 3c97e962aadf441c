"""The first start of an app, by all its workers at once, on a database that is empty."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from workerlab.contracts.counter import Caller, each_worker
from workerlab.errors import AppDidNotStart, NotReady
from workerlab.grading.databases import all_make_their_tables_at_once, new_database
from workerlab.grading.staging import PrivateServices
from workerlab.servers import Server
from workerlab.stepping import SteppedServer

__all__ = ["FirstStart"]


class FirstStart:
    """An app's first start, by all its workers at once, on a database that is empty.

    A context manager that yields itself, with a stepped server that runs: where the first start goes
    wrong, `trouble` says how, and the stepped server is one on a database that a single worker has
    begun, as the answer to the question advises. Then the other checks still find something.
    """

    def __init__(self, app: Path, postgres: PrivateServices, workers: int) -> None:
        self.app, self.postgres, self.workers = app, postgres, workers
        self.trouble = ""

    def __enter__(self) -> Self:
        self.url = new_database(self.postgres.env["DATABASE_URL"], "empty")
        self.stepped = self._new_stepped_server()
        try:
            with self._all_at_once():
                self.stepped.__enter__()  # a start that fails leaves nothing to close
        except (AppDidNotStart, NotReady) as error:
            self.trouble = f"workers that start at once on an empty database: {error}"
            self._start_after_another()
        else:
            self._ask_all_at_once()
        return self

    def __exit__(self, *_: object) -> None:
        self.stepped.close(kill=True)

    def _all_at_once(self) -> AbstractContextManager[None]:
        by = self.postgres.admin["postgres"]
        return all_make_their_tables_at_once(self.url, self.workers, by=by)

    def must_have_gone_well(self) -> None:
        assert not self.trouble, self.trouble

    def _new_stepped_server(self) -> SteppedServer:
        env = {"DATABASE_URL": self.url}
        return SteppedServer(self.app, workers=self.workers, env=env, services=self.postgres.pids)

    def _start_after_another(self) -> None:
        """On a database that is ready for five; raises what the app raises there."""
        self.url = new_database(self.postgres.env["DATABASE_URL"], "begun")
        with Server(self.app, workers=1, env={"DATABASE_URL": self.url}):
            pass
        self.stepped = self._new_stepped_server()
        self.stepped.__enter__()

    def _ask_all_at_once(self) -> None:
        """An app that makes the table at its first request makes it at the first five."""
        with (
            each_worker(self.stepped.server, {"requests": 0}) as workers,
            ThreadPoolExecutor(len(workers)) as pool,
            self._all_at_once(),
        ):
            try:
                list(pool.map(Caller.report, workers))
            except AssertionError as error:
                self.trouble = f"the first request of each worker, on an empty database: {error}"
