"""What a scout has found, as typed records. They are the JSON that `--json` and the journal hold.

docs/design/schemas/scout.json has the same as JSON Schema, and a test holds the two together.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from workerlab.evidence import Evidence

SCHEMA = "workerlab/scout/v1"
Status = Literal["race", "workers_disagree", "nothing_found", "inconclusive", "not_asked"]
STATUSES: tuple[
    Status, ...
] = (  # of several answers about a pair, the first of these is the pair's
    "race",
    "workers_disagree",
    "inconclusive",
    "nothing_found",
    "not_asked",
)
FOUND: tuple[Status, ...] = ("race", "workers_disagree")


class Line(TypedDict):
    """A line of the app."""

    file: str  # from the working directory, if it is below it
    line: int
    source: str
    task: str  # the request that ran it: "A" or "B"


class Answer(TypedDict, total=False):
    """What one question about a pair of operations has come to."""

    pair: str  # "POST /orders | POST /orders/{id}/pay": its operations, as the app describes them
    kind: str  # how the two requests differ: "two of them", "the same twice", "enough for both"
    status: Status
    message: str  # what was found, or why it could not be asked
    # the same question, for the command line; "" when there was none. It has no value of --env
    command: str
    lines: list[Line]  # of a race: the two lines whose order decides, the earlier one first
    left_out: str  # what was not compared, since it differs from run to run
    refuses: (
        bool  # whether one of the two requests is refused in some order, also one after the other
    )
    tried: dict[str, int]
    seconds: float
    evidence: Evidence | None  # of a race: the schedule, which was replayed


class Survey(TypedDict, total=False):
    """All that a scout has found. Its journal has the same, one answer on a line of its own."""

    schema: str
    app: str
    runner: str
    workers: int
    seed: int
    stores: list[str]
    app_dir: str | None
    python: str | None
    env: list[str]  # the names of the settings that were given: their values are in no result
    env_file: list[str]
    forms: list[str]
    migrate: str
    reset_command: str
    in_place: bool
    trace_into: list[str]
    source: (
        str  # a digest of the app's description and files: a journal of others is not gone on with
    )
    finished: bool  # whether every question has been asked
    seconds: float
    operations: list[str]  # those that write
    answers: list[Answer]
