"""Graded checks of lab 12: sixty seats that five workers sell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workerlab.contracts.bookings import Clerk, booking, clerks
from workerlab.contracts.counter import RESPONSE_S, caller
from workerlab.contracts.first_start import FirstStart
from workerlab.grading import check
from workerlab.grading.staging import PrivateServices
from workerlab.models.bookings import SEATS
from workerlab.servers import Server
from workerlab.stepping import SteppedServer
from workerlab.stepping.program import ONE_WORKER, TWO_WORKERS
from workerlab.traffic import burst

WORKERS, QUICK_WORKERS = 5, 2
PATIENCE_S = 12.0  # the contract's 10 s, and a little for a machine that is busy
ANN, BOB = booking("1A", "Ann", "k1"), booking("1A", "Bob", "k2")
CYD, DAN = booking("2B", "Cyd", "k3"), booking("1A", "Dan", "k4")
CANCEL = "DELETE /bookings/{before.1.id}"
EMPTY = "POST /reset"
ANN_SITS = f"POST /reset | {ANN}"
MODEL = {"model": "bookings"}
BRIEF = {"seconds": 0.8}  # where there are several searches in one check
THREE = {"least": 120, "placements": (TWO_WORKERS,)}  # three requests have many schedules


@pytest.fixture(scope="module")
def first_start(submission, stores: PrivateServices, quick: bool) -> Iterator[FirstStart]:
    """The app under the stepping engine, started by all its workers at once on empty stores."""
    workers = QUICK_WORKERS if quick else WORKERS
    with FirstStart(submission / "app.py", stores, workers, first_requests) as first:
        yield first


def first_requests(number: int) -> list[tuple[str, str, object]]:
    """What a new worker is asked first: an app may make its tables as late as this."""
    wish = {"seat": SEATS[number], "name": "Ann", "key": f"first {number}"}
    return [("GET", "/report", None), ("POST", "/bookings", wish)]


@pytest.fixture(scope="module")
def stepped(first_start: FirstStart) -> SteppedServer:
    return first_start.stepped


@pytest.fixture(scope="module")
def server(stepped: SteppedServer) -> Server:
    """The stepped server's own server: requests that are not stepped run free there."""
    return stepped.server


@pytest.fixture(scope="module")
def services(first_start: FirstStart) -> dict[str, str]:
    return first_start.env


@check(
    "starts",
    title="Five workers start and respond",
    points=0.5,
    quick=True,
    hints=(
        "What do five workers do at the same moment, on stores that are empty?",
        (
            "`CREATE TABLE IF NOT EXISTS` looks first and creates afterwards. Two workers can both "
            "look before either creates, and one of them gets an error."
        ),
        (
            "Let one go after the other: `SELECT pg_advisory_xact_lock(12)` first, in the one "
            "transaction that creates everything: tables, indexes and functions. Redis has no tables "
            "to create."
        ),
    ),
)
def test_starts(first_start: FirstStart, server: Server, tried: dict) -> None:
    first_start.must_have_gone_well()
    with clerks(server, tried) as workers:
        for worker in workers:
            worker.ask("GET", "/report")  # any response


@check(
    "follows_the_contract",
    title="Each endpoint responds as the contract says",
    points=0.5,
    quick=True,
    hints=(
        "What exactly does each endpoint promise, and which of your responses differs?",
        (
            "Compare status by status with the README: 201 the first time, 200 for the same key again, "
            "409 for a seat that is taken, any 4xx for a seat that is not there, 404 for an unknown id."
        ),
        (
            'An id is a text or a number of your choice; the report has `"booked": {seat: name}`, and '
            "`free` and `sold` are whole numbers counted from it."
        ),
    ),
)
def test_follows_the_contract(server: Server, tried: dict) -> None:
    with clerks(server, tried) as (worker, *_):
        assert worker.booked() == {}, "after a reset some seats are booked"
        first = worker.book("1A", "Ann", "k1")
        again = worker.book("1A", "Ann", "k1", status=200)
        assert again == first, f"the same key again was told id {again} in place of {first}"
        worker.book("1A", "Bob", "k2", status=409)
        second = worker.book("10F", "Cyd", "k3")
        assert second != first, f"two bookings have the same id {first}"
        for seat in ("11A", "1G", "0A", "A1", ""):
            worker.refused(seat)
        seats = worker.booked()
        assert seats == {"1A": "Ann", "10F": "Cyd"}, f"Ann and Cyd have booked; the report: {seats}"
        worker.cancel(first)
        worker.cancel(first, 204, 404)
        seats = worker.booked()
        assert seats == {"10F": "Cyd"}, f"Ann has cancelled; the report says {seats}"
        worker.reset()
        worker.cancel(second, 404)
        for number, seat in enumerate(SEATS):
            worker.book(seat, "Eve", f"all {number}")
        seats = worker.booked()
        assert len(seats) == len(SEATS), f"sixty seats were booked; the report has {len(seats)}"


@check(
    "one_object_for_all_workers",
    title="All workers know what one worker sells",
    points=0.5,
    quick=True,
    hints=(
        "In which process's memory are the seats, the keys and the ids?",
        (
            "Ask each worker, one after the other: a seat that one has sold is taken for the others, a "
            "key that one has seen is known to the others, and each can cancel what another has booked."
        ),
        (
            "Keep nothing between requests: neither seats nor keys nor a counter for ids. Ask the "
            "store: with a column `key` in the table, `SELECT … FROM bookings WHERE key = $1`."
        ),
    ),
)
def test_one_object_for_all_workers(server: Server, tried: dict) -> None:
    with clerks(server, tried) as workers:
        ids = {}
        for number, worker in enumerate(workers):
            ids[number] = worker.book(SEATS[number], f"Ann {number}", f"k{number}")
        assert len(set(ids.values())) == len(ids), f"bookings of different workers share ids: {ids}"
        right = {SEATS[number]: f"Ann {number}" for number in ids}
        for number, worker in enumerate(reversed(workers)):
            seats = worker.booked()
            assert seats == right, f"each worker has sold one seat; one of them reports {seats}"
            worker.book(SEATS[number], "Bob", f"late {number}", status=409)
            fault = "A worker does not know the key of a booking that another one made."
            again = worker.book(SEATS[number], f"Ann {number}", f"k{number}", 200, fault)
            assert again == ids[number], "the same key on another worker was told another id"
        for number, worker in enumerate(reversed(workers)):
            worker.cancel(ids[number])
        for worker in workers:
            assert worker.booked() == {}, "all was cancelled; one worker still reports bookings"


@check(
    "no_double_booking",
    title="A seat is sold once, however many requests want it at once",
    points=2.0,
    quick=True,
    hints=(
        (
            "Between the line that finds the seat free and the line that takes it: which other "
            "request may look?"
        ),
        (
            "Look at the schedule in the report. The store must decide which request gets the "
            "seat, in the same step that takes it: a unique constraint, a Lua script, WATCH with a "
            "retry, or a lock."
        ),
        (
            "PostgreSQL: `CREATE UNIQUE INDEX … ON bookings (seat) WHERE NOT cancelled`, and "
            "`INSERT … ON CONFLICT DO NOTHING RETURNING id`: where it returns no row, the seat is "
            "taken. Redis: all of it in one Lua script."
        ),
    ),
)
def test_no_double_booking(search, server: Server, tried: dict, quick: bool) -> None:
    search(f"{ANN} | {BOB}", before=EMPTY, after="GET /report", **MODEL)
    if not quick:
        a_crowd_wants_the_same_seats(server, tried)


def a_crowd_wants_the_same_seats(server: Server, tried: dict) -> None:
    """Twelve want each of twenty seats: twenty get 201, all others 409, none an error."""
    wishes = [
        ("POST", "/bookings", {"seat": SEATS[i // 12], "name": f"guest {i}", "key": f"burst {i}"})
        for i in range(240)
    ]
    with clerks(server, tried) as (worker, *_):
        history = burst(server, wishes, 24, connections="keep-alive", timeout=3 * RESPONSE_S)
        tried["requests"] += len(history)
        other = [event for event in history if event.status not in (201, 409)]
        if other:
            message = other[0].error or f"status {other[0].status}"
            raise AssertionError(
                f"240 guests wanted 20 seats; {len(other)} were told neither 201 nor 409, "
                f"the first of them {message}"
            )
        sold = {event.input["seat"]: event.input["name"] for event in history if event.ok}
        number = sum(event.ok for event in history)
        message = f"240 guests wanted 20 seats, and {number} were told that they have one"
        assert number == 20, message
        assert worker.booked() == sold, "who was told 201 and who is in the report are not the same"


@check(
    "same_key_same_booking",
    title="The same request twice is one booking, even at once",
    points=1.5,
    quick=True,
    hints=(
        (
            "A client gets no response and asks again, while its first request is still running. "
            "What happens now?"
        ),
        (
            "The key must be looked up and kept in the same step that books. Kept before, it "
            "promises a booking that is not there yet; kept afterwards, the second request finds "
            "the seat taken and responds with 409 to its own owner."
        ),
        (
            "Let the key be a column of the booking, UNIQUE, or look it up and keep it inside the "
            "one Lua script. The request that loses the race reads the winner's row, by the key, "
            "and responds with it: `response.status_code = 200`."
        ),
    ),
)
def test_same_key_same_booking(search) -> None:
    search(f"{ANN} | {ANN}", before=EMPTY, after=f"{ANN} | GET /report", **MODEL)


@check(
    "numbers_add_up",
    title="In every report, the numbers add up",
    points=1.0,
    hints=(
        "How many times does the report ask the store, and what may happen between two of them?",
        (
            "Three numbers that are kept in three places must be changed in one step and read in one "
            "step. Numbers that are counted from one list cannot disagree."
        ),
        "Read the bookings once, and count: `booked = …; free = 60 - len(booked); sold = len(booked)`.",
    ),
)
def test_numbers_add_up(search) -> None:
    frame = {"before": ANN_SITS, "after": "GET /report", **MODEL, **BRIEF}
    search(f"{CYD} | GET /report", **frame)
    search(f"{CANCEL} | GET /report", **frame)
    search(f"{CYD} | {CANCEL}", **frame)


@check(
    "cancel_frees_only_its_own_seat",
    title="A cancel frees its own booking, and no other",
    points=1.0,
    hints=(
        "Your cancel knows a seat. Which booking has that seat when it frees it?",
        (
            "A guest cancels twice. Between the look-up and the update of the second cancel, the "
            "first has freed the seat and another guest has taken it. And with an id that is used "
            "a second time, an old cancel removes a new booking."
        ),
        (
            "Free by id, in one step: `UPDATE bookings SET cancelled = true WHERE id = $1`. Ids come "
            "from a sequence (identity, INCR) or are random (uuid4), never from what is there."
        ),
    ),
)
def test_cancel_frees_only_its_own_seat(search, server: Server, tried: dict) -> None:
    with clerks(server, tried) as (worker, *_, other):
        old = worker.book("1A", "Ann", "k1")
        other.cancel(old)
        new = other.book("1A", "Bob", "k2")
        assert new != old, f"Ann has cancelled {old}, and Bob's booking is {new} as well"
        worker.cancel(old, 204, 404)
        seats = other.booked()
        assert seats == {"1A": "Bob"}, f"Ann cancelled twice, Bob has booked; the report: {seats}"
    frame = {"before": ANN_SITS, "after": "GET /report", **MODEL}
    search(f"{CANCEL} | {BOB} | {CANCEL}", **frame, **THREE)
    search(f"{CANCEL} | {BOB}", **frame, **BRIEF, placements=(ONE_WORKER,))


@check(
    "reset_empties_everything",
    title="A reset leaves no seat, no key and no half booking",
    points=0.5,
    hints=(
        "What does your app store, besides the seats?",
        (
            "After a reset the same key books anew (201), on every worker. And a booking that "
            "arrives while the reset runs is completely there, or not at all."
        ),
        (
            "One step that removes the rows, keys too: `DELETE FROM bookings` where one table has all, "
            "`TRUNCATE bookings, keys` for two, or one Lua script. Two DELETEs see two moments, even "
            "in one transaction."
        ),
    ),
)
def test_reset_empties_everything(search, server: Server, tried: dict) -> None:
    with clerks(server, tried) as workers:
        for number, worker in enumerate(workers):
            old = workers[0].book("1A", "Ann", "k1")
            workers[0].book(SEATS[number + 6], "Bob", "k2")
            worker.reset()
            for other in workers:
                assert other.booked() == {}, "after a reset some worker still reports bookings"
            workers[-1].cancel(old, 404, fault="After a reset an old booking is still known.")
    search(f"POST /reset | {CYD}", before=ANN_SITS, after=f"{CYD} | GET /report", **MODEL)


@check(
    "survives_a_killed_worker",
    title="A worker killed at any point leaves nothing half done",
    points=1.0,
    hints=(
        "If the worker dies on this very line, what is there already, and what is not?",
        (
            "Two writes in two steps have a moment between them. A key without its booking, a booking "
            "that is not counted, a lock whose holder is dead: each of them lies between two lines."
        ),
        (
            "One transaction (`async with base.acquire() as one, one.transaction():`) or one script "
            "for all that belongs together, so that there is no such line. If you take a lock, give it "
            "a time-to-live of a few seconds."
        ),
    ),
)
def test_survives_a_killed_worker(crash) -> None:
    frame = {"after": "GET /report", "deadline": PATIENCE_S, **MODEL}
    crash(ANN, before=f"POST /reset | {CYD}", then=BOB, **frame)
    crash(CANCEL, before=ANN_SITS, then=DAN, **frame)


@check(
    "survives_a_quiet_night",
    title="Bookings and keys do not expire",
    points=0.5,
    hints=(
        "No request comes for a whole night. What of all that your app has written is still there?",
        (
            "Redis forgets a key when its time-to-live has passed. That is right for a lock or a cache, "
            "and wrong for a seat, for a booking, for the number of the last id, and for the key of a "
            "request: a client that sends it again in the morning means the same booking."
        ),
        (
            "Delete `ex=`, `px=` and `expire` for all of these; in a Lua script, write `SET` without "
            "`'EX'` or `'PX'`, and no `EXPIRE`. Only the reset removes a key."
        ),
    ),
)
def test_survives_a_quiet_night(server: Server, night, tried: dict) -> None:
    with clerks(server, tried) as (one, *_, other):
        with night():  # a number of the last id that expires begins anew, before it meets ours
            one.booked()
        gone, kept = one.book("1A", "Ann", "k1"), one.book("2B", "Bob", "k2")
        one.cancel(gone)
        one.booked()
        with night():
            for worker in (one, other):
                seats = worker.booked()
                assert seats == {"2B": "Bob"}, (
                    f"Bob had booked, and Ann cancelled; the report: {seats}"
                )
            fault = "The key of a booking was forgotten."
            again = other.book("2B", "Bob", "k2", 200, fault)
            assert again == kept, f"the same key again was told id {again} in place of {kept}"
            new = one.book("3C", "Cyd", "k3")
            assert new not in (gone, kept), f"the id {new} was given to two bookings"
            other.cancel(kept)
            seats = one.booked()
            assert seats == {"3C": "Cyd"}, f"Bob has cancelled, Cyd has booked; the report: {seats}"


@check(
    "leaves_nothing_behind",
    title="After a stop, no process is left",
    points=0.5,
    hints=(
        "Does the app start any process or task of its own?",
        "A worker ends without running `atexit`. Any process that it started goes on running.",
        "Start no processes in the app, or stop them after the `yield` in the lifespan.",
    ),
)
def test_leaves_nothing_behind(server: Server, tried: dict) -> None:
    with clerks(server, tried) as workers:
        for number, worker in enumerate(workers):
            worker.book(SEATS[number], "Ann", f"k{number}")
    server.close()
    left = ", ".join(server.left_behind)
    assert not left, f"the server was stopped, and these processes live on: {left}"


@check(
    "survives_a_restart",
    title="A restart of the app forgets nothing",
    points=0.5,
    hints=(
        "The app stops and starts again. What does it do as it starts, or as it stops?",
        "Code at module level and in the lifespan runs at every start, of every worker.",
        (
            "At the start, `CREATE TABLE IF NOT EXISTS …` and no `DELETE`. Keep ids and keys in the "
            "store, too."
        ),
    ),
)
def test_survives_a_restart(launch, tried: dict) -> None:
    with launch(workers=1) as server:
        with caller(server, tried) as line:
            before = Clerk(line)
            before.reset()
            gone, kept = before.book("1A", "Ann", "k1"), before.book("2B", "Bob", "k2")
            before.cancel(gone)
        server.restart()
        with caller(server, tried) as line:
            after = Clerk(line)
            seats = after.booked()
            assert seats == {"2B": "Bob"}, (
                f"A restart changed what is booked.\nBob had booked 2B; the report then has {seats}"
            )
            again = after.book("2B", "Bob", "k2", status=200)
            assert again == kept, f"after a restart the same key was told id {again}, not {kept}"
            new = after.book("3C", "Cyd", "k3")
            assert new not in (gone, kept), f"after a restart the id {new} is given out again"
