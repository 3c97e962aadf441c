"""The content of a picture of a schedule: columns, rows, the outcome.

>>> picture = picture_of({"steps": [
...     {"worker": 1, "task": "A", "line": 9, "source": "n = r.get()", "read": "0",
...      "preempted": True},
...     {"worker": 2, "task": "B", "line": 9, "source": "n = r.get()", "read": "0"}]})
>>> [(row.column, row.read, row.in_hand) for row in picture.rows]
[(0, '0', '0'), (1, '0', '0')]
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from workerlab.draw.words import clean, counted, in_full, shorten, value_of
from workerlab.evidence import Evidence, RequestRow, Step

WAITS = "waits for the lock"
MOST_AFTER = 8  # requests drawn below the schedule

Owner = tuple[int | None, str]  # of a column: worker, task


@dataclass(frozen=True)
class Column:
    """One request in one worker."""

    worker: int | None
    task: str
    request: str  # "POST /increment", or "" when the evidence does not say

    @property
    def title(self) -> str:
        return "worker ?" if self.worker is None else f"worker {clean(self.worker, 20)}"

    @property
    def subtitle(self) -> str:
        return f"{shorten(self.task, 12)}  {self.request}".strip()


@dataclass(frozen=True)
class Row:
    """One move, in its column. `kind` is code, answer, waits, killed, or file: where it goes on.

    A row of kind "expired" is no move of a request: a time-to-live runs out that this one has set.
    """

    column: int
    kind: str
    text: str
    line: int = 0
    file: str = ""
    read: str | None = None
    wrote: str | None = None
    harm: str = ""  # what was wrong with this step, where it alone did the harm
    continued: bool = False  # the same source line as this request's row before
    preempted: bool = False
    in_hand: str | None = None  # the value read last and not yet written over


@dataclass(frozen=True)
class Picture:
    """Everything that a picture of a schedule shows."""

    columns: list[Column]
    rows: list[Row]
    after: list[str]  # the last requests, and their responses
    heading: str
    anomaly: str  # its name; "" where it has none
    expected: str
    actual: str
    caption: str


def picture_of(evidence: Evidence) -> Picture:
    """Arrange the evidence. Nothing in it is required: a picture of no steps is one too."""
    requests = evidence.get("requests") or []
    names = _at_once(evidence)
    steps = [s for s in evidence.get("steps") or [] if not names or _owner(s)[1] in names]
    columns = _columns(steps, requests, names)
    rows = _with_files(_joined([_row(step, columns) for step in steps]))
    rows = _with_values_in_hand(rows)
    return Picture(
        columns,
        rows,
        _after(requests, columns),
        _heading(evidence, rows),
        clean(evidence.get("anomaly") or "", 40),
        clean(evidence.get("expected") or ""),
        clean(evidence.get("actual") or ""),
        _caption(evidence),
    )


def next_column(rows: list[Row], place: int) -> int | None:
    """The column that moves after row `place`, if it is another one."""
    if rows[place].kind == "expired":
        return None
    following = next((row for row in rows[place + 1 :] if row.kind != "expired"), None)
    return following.column if following and following.column != rows[place].column else None


def _at_once(evidence: Evidence) -> set[str]:
    """The names of the requests that ran at once: A, B, ... Empty without a program."""
    program = evidence.get("program")
    return {chr(ord("A") + place) for place in range(len(program.split("|")))} if program else set()


def _after(requests: list[RequestRow], columns: list[Column]) -> list[str]:
    """A line for each request that has no column; its worker, unless that has one."""
    workers = {column.worker for column in columns}
    tasks = {column.task for column in columns}
    lines = []
    after = [request for request in requests if clean(request.get("task") or "") not in tasks]
    if len({(request.get("method"), request.get("path")) for request in after}) < len(after):
        workers = set()  # the same is asked of several: then each is named
    for request in after:
        asked = f"{request.get('method', '')} {shorten(str(request.get('path', '')), 40)}"
        if request.get("worker") not in (None, *workers):
            asked += f" on worker {clean(request['worker'], 20)}"
        lines.append(clean(f"{asked}  {_response(request)}").strip())
    left = len(lines) - MOST_AFTER
    return [*lines[:MOST_AFTER], f"… and {counted(left, 'request')} more"] if left > 0 else lines


def _response(request: RequestRow) -> str:
    status = request.get("status")
    return "no answer" if status is None else f"{status} {in_full(request.get('output'))}"


def _columns(steps: list[Step], requests: list[RequestRow], names: set[str]) -> list[Column]:
    """One for each request that has moved, or that will: in a run under way some have not begun."""
    asked = {r.get("task"): f"{r.get('method', '')} {r.get('path', '')}" for r in requests}
    found: dict[Owner, Column] = {}
    waiting = names - {_owner(step)[1] for step in steps}
    owners: list[Step | RequestRow] = [*steps, *(r for r in requests if r.get("task") in waiting)]
    for one in owners:
        worker, task = _owner(one)
        request = shorten(clean(asked.get(task, "")).strip(), 40)
        found.setdefault((worker, task), Column(worker, task, request))
    # Requests that share a worker stand side by side; else in the order of their names.
    first_task = {worker: min(t for w, t in found if w == worker) for worker, _ in found}
    order = sorted(found, key=lambda owner: (first_task[owner[0]], str(owner[0]), owner[1]))
    return [found[owner] for owner in order]


def _owner(one: Step | RequestRow) -> Owner:
    return one.get("worker"), clean(one.get("task") or "")


def _row(step: Step, columns: list[Column]) -> Row:
    worker, task = _owner(step)
    names = [(column.worker, column.task) for column in columns]
    row = Row(names.index((worker, task)), "code", "")
    note = clean(step.get("note") or "")
    match step.get("kind"):
        case "blocked":
            return replace(row, kind="waits", text=note if note not in ("", "waits") else WAITS)
        case "killed":
            return replace(row, kind="killed", text=note or "killed")
        case "expired":
            return replace(row, kind="expired", text=note or "a time-to-live runs out")
        case "response":
            return replace(row, kind="answer", text=clean(step.get("source") or note))
    return replace(
        row,
        text=clean(step.get("source") or note).strip(),
        line=step.get("line") or 0,
        file=clean(step.get("file") or ""),
        read=_value(step.get("read")),
        wrote=_value(step.get("wrote")),
        harm=note if step.get("source") and step.get("wrote") is not None else "",
        preempted=bool(step.get("preempted")),
    )


def _value(value: object) -> str | None:
    return None if value is None else clean(value)


def _joined(rows: list[Row]) -> list[Row]:
    """One row for a line that took several steps in a go; a mark where it was cut in two."""
    joined: list[Row] = []
    latest: dict[int, Row] = {}  # of each column
    for row in rows:
        if row.kind == "expired":
            joined.append(row)
            continue
        before = latest.get(row.column)
        same_line = before is not None and _same_line(before, row)
        if same_line and joined[-1] is before and _may_join(before, row):
            row = replace(
                before,
                read=before.read or row.read,
                wrote=row.wrote or before.wrote,
                harm=row.harm or before.harm,
                preempted=row.preempted,
            )
            joined[-1] = row
        else:
            row = replace(row, continued=same_line and row.kind == "code")
            joined.append(row)
        latest[row.column] = row
    return joined


def _with_files(rows: list[Row]) -> list[Row]:
    """Say in each column where its code goes on in another file; nothing if there is only one."""
    if len({row.file for row in rows if row.file}) < 2:
        return rows
    extended: list[Row] = []
    latest: dict[int, str] = {}
    for row in rows:
        if row.file and row.file != latest.get(row.column):
            latest[row.column] = row.file
            extended.append(Row(row.column, "file", f"in {row.file}"))
        extended.append(row)
    return extended


def _same_line(one: Row, other: Row) -> bool:
    return (one.kind, one.file, one.line, one.text) == (
        other.kind,
        other.file,
        other.line,
        other.text,
    )


def _may_join(before: Row, row: Row) -> bool:
    """A join must not hide a value, an order (write, then read) or a preemption."""
    if before.preempted or (before.wrote is not None and row.read is not None):
        return False
    return all(
        one is None or other is None or one == other
        for one, other in ((before.read, row.read), (before.wrote, row.wrote))
    )


def _with_values_in_hand(rows: list[Row]) -> list[Row]:
    hands: dict[int, str | None] = {}
    extended = []
    for row in rows:
        if row.kind == "expired":
            extended.append(row)
            continue
        if row.wrote is not None:
            hands[row.column] = None
        elif row.read is not None:
            hands[row.column] = value_of(row.read)
        extended.append(replace(row, in_hand=hands.get(row.column)))
    return extended


def _heading(evidence: Evidence, rows: list[Row]) -> str:
    what = "One schedule"
    if any(row.kind == "killed" for row in rows):
        what = "One crash"
    if evidence.get("actual"):
        what += " that loses"
    placement = clean(evidence.get("placement") or "")
    what = f"{what}, {placement}" if placement else what
    anomaly = clean(evidence.get("anomaly") or "", 40)
    return f"{what}: {anomaly}" if anomaly else what


def _caption(evidence: Evidence) -> str:
    parts = []
    if evidence.get("replayed"):
        times = evidence["replayed"]
        parts.append(f"replayed {times} times of {times}" if times != 1 else "replayed once")
    if evidence.get("seed") is not None:
        parts.append(f"seed {evidence['seed']}")
    return ", ".join(parts)
