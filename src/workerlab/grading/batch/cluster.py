"""A class on several machines: the same grading processes, run by the workers of a Dask cluster.

The supervisor stays on its machine, and is the only process that writes. It sends a submission
to a worker, which grades it in a grading process and sends the results back when it has them all;
a worker that dies is replaced by another, which begins that submission anew. Every machine needs
this repository at the same state: a worker whose labs or checks differ refuses to grade. And
every machine needs bubblewrap: each result says how it was isolated on the machine that ran it.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from threading import Event
from typing import TYPE_CHECKING, Any, Self

from workerlab.errors import BadUsage
from workerlab.grading.batch.archives import Opener, Refused
from workerlab.grading.batch.book import Planned
from workerlab.grading.batch.contents import files_of
from workerlab.grading.batch.grading import GradingProcess, Job, Stopped
from workerlab.grading.manifest import find
from workerlab.grading.result import NOT_GRADABLE, CheckResult

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_S = 15.0  # seconds for a scheduler to respond
LOOK_S = 0.25  # seconds between two looks at whether the class is being interrupted
Graded = tuple[list[dict[str, Any]], float]  # the results of a job, and the seconds it took


class Cluster:
    """A Dask scheduler and its workers; a context manager.

    address   of the scheduler, as `dask scheduler` prints it: tcp://HOST:PORT

    Raises BadUsage when Dask is not installed, no scheduler responds, or it has no workers.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            advice = "install it with: pip install 'workerlab[cluster]'"
            raise BadUsage("a cluster needs Dask's `distributed`", advice) from error
        advice = f"start one with `dask scheduler`, and on each machine: dask worker {address}"
        try:
            self._client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise BadUsage(f"no Dask scheduler answers at {address}", advice) from error
        self.threads = sum(self._client.nthreads().values())
        if not self.threads:
            self.close()
            raise BadUsage(f"the scheduler at {address} has no workers yet", advice)

    def grading_process(
        self, job: Job, *, seed: int, budget: float, stop: Event
    ) -> RemoteGradingProcess:
        """Grades a job; has the interface of `GradingProcess`."""
        return RemoteGradingProcess(self._client, job, seed=seed, budget=budget, stop=stop)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RemoteGradingProcess:
    """Grades one job on some worker of the cluster."""

    def __init__(self, client: Client, job: Job, *, seed: int, budget: float, stop: Event) -> None:
        self._client, self.job, self.stop = client, job, stop
        self._order = {
            "student": job.student,
            "lab": job.lab,
            "state": state_of(job.lab),
            "checks": [asdict(check) for check in job.checks],
            "seed": seed,
            "budget": budget,
        }

    def run(self, keep: Callable[[CheckResult], None], started: Callable[[str], None]) -> float:
        """As `GradingProcess.run`: `keep` takes each result in. Returns seconds. Raises Stopped."""
        try:
            with files_of(self.job.source) as files:
                handed_in = {str(path): _bytes(opener) for path, opener in files.items()}
        except Refused as error:  # it has changed since it was looked at
            results, seconds = [_not_graded(check, str(error)) for check in self.job.checks], 0.0
        else:
            # Never the result of an earlier call, though it had the same arguments: pure=False.
            future = self._client.submit(grade_there, self._order, handed_in, pure=False)
            started("on the cluster")
            results, seconds = self._result_of(future)
        for result in results:
            keep(CheckResult(**result))
        return seconds

    def _result_of(self, future: Future[Any]) -> Graded:
        from distributed import KilledWorker

        while not future.done():
            if self.stop.wait(LOOK_S):
                future.cancel()
                raise Stopped
        try:
            graded: Graded = future.result()
        except KilledWorker:
            why = "one machine of the cluster after the other went away while it graded this submission"
            return [_not_graded(check, why) for check in self.job.checks], 0.0
        return graded


def grade_there(order: dict[str, Any], handed_in: dict[str, bytes]) -> Graded:
    """On the worker: grade one job in a process of this machine. Returns results and seconds.

    Raises BadUsage when this machine's lab or checks are not the supervisor's.
    """
    if state_of(order["lab"]) != order["state"]:
        advice = "bring the repository to the same commit on every machine"
        raise BadUsage(f"{order['lab']} is not the same on a machine of the cluster", advice)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="workerlab-cluster-") as folder:
        source = Path(folder, "handed-in")
        source.mkdir()
        for name, content in handed_in.items():
            target = source / PurePosixPath(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        checks = tuple(Planned(**check) for check in order["checks"])
        job = Job(order["student"], source, order["lab"], checks)
        results: list[dict[str, Any]] = []
        process = GradingProcess(job, seed=order["seed"], budget=order["budget"], stop=Event())
        process.run(lambda result: results.append(asdict(result)), lambda check: None)
    return results, time.monotonic() - began


def state_of(lab: str) -> str:
    """SHA-256 over a lab's own files, its checks and this package, which must be equal on two machines.

    Raises BadUsage when there is no such lab.
    """
    manifest, whole = find(lab), hashlib.sha256()
    package = Path(__file__).parents[2]
    for folder, files in (
        (manifest.folder, manifest.folder.rglob("*")),
        (manifest.tests.parent, [manifest.tests]),
        (package, package.rglob("*.py")),
    ):
        for path in sorted(path for path in files if path.is_file()):
            if "__pycache__" not in path.parts:
                name = str(path.relative_to(folder)).encode()
                whole.update(name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _bytes(opener: Opener) -> bytes:
    with opener() as file:
        return file.read()


def _not_graded(check: Planned, why: str) -> dict[str, Any]:
    return asdict(CheckResult(check.id, check.title, NOT_GRADABLE, 0.0, check.max_points, why))
