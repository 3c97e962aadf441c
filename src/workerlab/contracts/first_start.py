"""The first start of an app, by all its workers at once, on a database that is empty."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from workerlab.contracts.counter import Caller, each_worker, last_words
from workerlab.errors import AppDidNotStart, NotReady
from workerlab.grading.api import CheckInconclusive
from workerlab.grading.creators import Meeting, all_create_at_once
from workerlab.grading.databases import new_database
from workerlab.grading.staging import PrivateServices
from workerlab.grading.stores import redis_at
from workerlab.servers import Server
from workerlab.stepping import SteppedServer

__all__ = ["FirstStart"]

AT_ONCE = "The app fails when all its workers start at once on an empty database."
STARTS = 3  # tries, where a machine is too busy for all workers to meet


class FirstStart:
    """An app's first start, by all its workers at once, on a database that is empty.

    app       the app's file
    stores    a PostgreSQL, and whatever else the app uses
    workers   how many start at once
    first     the first requests (method, path, JSON) of the worker of this number: each must be
              answered 2xx

    A context manager that yields itself, with a stepped server that runs: where the first start goes
    wrong, `trouble` says how, and the stepped server is one on a database that a single worker has
    begun, as the answer to the question advises. Then the other checks still find something.
    """

    def __init__(
        self,
        app: Path,
        stores: PrivateServices,
        workers: int,
        first: Callable[[int], list[tuple[str, str, object]]],
    ) -> None:
        self.app, self.stores, self.workers, self._first = app, stores, workers, first
        self.trouble = ""
        self._all_sent = True
        self.missed = False  # whether the workers did not meet

    def __enter__(self) -> Self:
        for number in range(STARTS):
            self._use(f"empty{number}")
            self._start_at_once()
            if self.trouble or not self.missed:
                break
            if number + 1 < STARTS:
                self.stepped.close(kill=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.stepped.close(kill=True)

    def must_have_gone_well(self) -> None:
        assert not self.trouble, self.trouble
        if self.missed:
            raise CheckInconclusive("the machine is too busy for all workers to start at once")

    @property
    def env(self) -> dict[str, str]:
        """The app's settings."""
        return self.stores.env | {"DATABASE_URL": self.url}

    def _use(self, database: str) -> None:
        """From now on the app has a database of this name, and stores with nothing in them."""
        self.url = new_database(self.stores.env["DATABASE_URL"], database)
        if "redis" in self.stores.admin:
            with redis_at(self.stores.admin["redis"]) as redis:
                redis.flushall()

    def _start_at_once(self) -> None:
        self.stepped = self._new_stepped_server()
        try:
            with self._all_at_once() as meeting:
                self.stepped.__enter__()  # a start that fails leaves nothing to close
        except (AppDidNotStart, NotReady) as error:
            self.trouble = f"{AT_ONCE}\n{error}"
            self._start_after_another()
        else:
            self.missed = meeting.missed
            self._ask_all_at_once()

    def _all_at_once(self) -> AbstractContextManager[Meeting]:
        return all_create_at_once(
            self.url,
            self.workers,
            by=self.stores.admin["postgres"],
            app=self._at_work,
            stores=self.stores.pids,
        )

    def _new_stepped_server(self) -> SteppedServer:
        return SteppedServer(
            self.app, workers=self.workers, env=self.env, services=self.stores.pids
        )

    def _start_after_another(self) -> None:
        """On a database that is ready for five; raises what the app raises there."""
        self._use("begun")
        with Server(self.app, workers=1, env=self.env):
            pass
        self.stepped = self._new_stepped_server()
        self.stepped.__enter__()

    def _ask_all_at_once(self) -> None:
        """An app that makes the table at its first request makes it at the first five."""
        with (
            each_worker(self.stepped.server, {"requests": 0}) as workers,
            self._all_at_once() as meeting,
        ):
            try:
                for step in range(len(self._first(0))):
                    self._ask(workers, step)
            except AssertionError as error:
                self.trouble = f"{AT_ONCE}\nAt the first request of each worker, {error}"
        self.missed |= meeting.missed

    def _ask(self, workers: list[Caller], step: int) -> None:
        """Send a request to each worker, and then read what each of them responds."""
        self._all_sent = False
        for number, worker in enumerate(workers):
            worker.send(*self._first(number)[step])
        self._all_sent = True
        for number, worker in enumerate(workers):
            method, path, _ = self._first(number)[step]
            status, _ = worker.heard(method, path)
            why = last_words(worker.server.log) if status >= 500 else ""
            assert 200 <= status < 300, f"{method} {path} was answered {status}{why}"

    def _at_work(self) -> list[int]:
        """The processes from which something may still come."""
        ourselves = (
            [] if self._all_sent else [os.getpid()]
        )  # who is at work whenever it is looked at
        return [*self.stepped.server.tree(), *ourselves]
