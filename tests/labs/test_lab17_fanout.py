"""Graded checks of lab 17: every client of a room gets every message, whichever worker it is on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from itertools import count
from urllib.parse import urlsplit

import pytest

from workerlab.contracts.crossings import (
    WAYS,
    comes_while_another_posts,
    is_refused_amid_others,
    own_message_comes_first,
)
from workerlab.contracts.crowds import (
    a_crowd_at_one_worker,
    one_does_not_read,
    one_goes_amid_a_message,
)
from workerlab.contracts.listener import Listener
from workerlab.contracts.rooms import Room, World
from workerlab.contracts.scenes import Beside, Scene, Scenes, beside
from workerlab.contracts.stopped import killed_at, stopped_at
from workerlab.grading import check
from workerlab.grading.behind.nights import let_the_night_pass
from workerlab.network.delay import Link
from workerlab.processes.patience import pause
from workerlab.servers import Server

STOP_S = 10.0  # within which everything ends after a SIGTERM
MOST_STEPS = 8  # messages of one request to the store
QUIET_S = 6.5  # redis-py gives up a silent connection after five
CAUGHT_UP_S = 1.0  # in which a new client gets what is there
SEEN_S = 0.3  # a message that was posted has mostly come: what is late is not seen before another
SETTLED_S = 5.0  # when it is decided whether an unanswered message exists
PATIENCE_S = 12.0  # the contract's 10 s, and a little for a machine that is busy
FIRST_OF_SCENES = 4  # the database of the first scene; each has one of its own
MANY = 2000
LONGEST = 64 * 1024
TEXTS = (
    "hello", "", "hello", "two\nlines", "NUL \0 inside", "Äpfel 漢字 😀", 'a "b" \\ c', " blank ",
    "x" * LONGEST, "ä" * (LONGEST // 2),
)  # fmt: skip
REFUSED = (
    b'{"text": 5}', b'{"text": null}', b"{}", b'["text"]', b"not JSON", b'{"text": "\\ud800"}',
    json.dumps({"text": "x" * (LONGEST + 1)}).encode(),
    json.dumps({"text": "ä" * (LONGEST // 2 + 1)}).encode(),
)  # fmt: skip


@pytest.fixture(scope="module")
def link(services: dict[str, str]) -> Iterator[Link]:
    """The way to the lab's Redis, on which a worker can be stopped between two messages."""
    place = urlsplit(services["REDIS_URL"])
    with Link(place.hostname, place.port) as link:
        yield link


@pytest.fixture(scope="module")
def server(launch, link: Link, quick: bool) -> Server:
    """Five workers over the link; two in a quick check."""
    env = {"REDIS_URL": f"redis://127.0.0.1:{link.port}/0"}
    return launch(env=env, workers=2 if quick else 5, patience=STOP_S).start()


@pytest.fixture
def world(server: Server, tried: dict) -> Iterator[World]:
    with World(server, tried) as world:
        yield world


@pytest.fixture(scope="module")
def scenes(
    launch, services: dict[str, str], server: Server, request: pytest.FixtureRequest
) -> Iterator[Scenes]:
    """What takes its time, on servers of its own: each on another database of the same Redis."""
    checks = [item.obj.workerlab_check.id for item in request.session.items]
    number = count(FIRST_OF_SCENES)

    def scene(*parts: tuple[str, Callable[[Beside], None]]) -> Scene:
        options = {"workers": 3, "patience": STOP_S}
        return Scene(lambda: beside(launch, services["REDIS_URL"], next(number), **options), *parts)

    def comes(way: str) -> tuple[str, Callable[[Beside], None]]:
        return "every_client_gets_every_message", partial(_comes_while_another_posts, way)

    sends, connection, answer = map(comes, WAYS)
    rows = [
        scene(("a_killed_worker_loses_no_message", _is_killed_at_every_step)),
        scene(("every_client_gets_every_message", _nobody_speaks_for_a_while)),
        scene(sends, ("a_client_that_reconnects_misses_nothing", _comes_back_after_a_night)),
        scene(
            connection,
            ("in_order_and_once", _two_at_once),
            ("ids_have_no_gap_and_no_twin", _numbers),
        ),
        scene(
            answer,
            ("rooms_are_apart", _many_rooms),
            ("reads_its_settings", partial(_two_worlds, server)),
            ("survives_a_restart", _restarts),
        ),
        scene(
            ("every_client_gets_every_message", _somebody_does_not_read),
            ("every_client_gets_every_message", _a_crowd),
        ),
    ]
    with Scenes([[row] for row in rows], checks) as scenes:
        yield scenes


def _nobody_speaks_for_a_while(stage: Beside) -> None:
    with World(stage.server, stage.tried) as world, ExitStack() as stack:
        room = world.room()
        room.post("the first")
        listeners = stack.enter_context(room.everywhere())
        for one in listeners:
            one.has(room.messages, "A message was there before its clients")
        time.sleep(QUIET_S)
        room.post("after a while")
        room.all_have(listeners, f"Nobody spoke in a room for {QUIET_S:g} s, and then somebody did")


@check(
    "starts",
    title="Five workers start and respond",
    points=0.5,
    quick=True,
    hints=(
        "What does the file do while Python imports it, and in its lifespan?",
        (
            "A task that listens for ever must not be awaited before the `yield` of the lifespan: "
            "start it with `asyncio.create_task`, and keep the task in a variable."
        ),
        "The file needs an object named `app`, and a store made from `os.environ['REDIS_URL']`.",
    ),
)
def test_starts(world: World, request: pytest.FixtureRequest, quick: bool) -> None:
    if not quick:
        request.getfixturevalue("scenes")  # they begin now
    room = world.room()
    for pid in world.pids:
        world.post(room.name, b'{"text": "hello"}', pid)  # any response


@check(
    "follows_the_contract",
    title="Each endpoint responds as the contract says",
    points=1.0,
    quick=True,
    hints=(
        "What exactly does each endpoint promise, and which of your responses differs?",
        (
            "A text is whatever UTF-8 can carry, up to 64 KiB: the empty one, NUL, and the same text "
            "again. Anything else is 422 or 400, and no 500. A frame has `id` and `text`, nothing more."
        ),
        (
            'Read the body yourself: `text = (await request.json())["text"].encode()` fails for what '
            "is no text and for half a surrogate pair. Refuse it (`HTTPException(422)`) where "
            "`len(text) > 64 * 1024`, and not where it is empty. Send each client the ids greater than "
            "the `after` that it has given, and do not change that number first."
        ),
    ),
)
def test_follows_the_contract(world: World) -> None:
    room = world.room()
    with room.listener() as listener:
        listener.stays({}, "nobody has posted yet", 0.05)
        for text in TEXTS:
            room.post(text)
        listener.has(room.messages, "Messages were posted")
    for body in REFUSED:
        status, _ = world.post(room.name, body)
        shown = body if len(body) < 60 else body[:20] + b"\xe2\x80\xa6"
        assert status in (400, 422), (
            f"A text that is not allowed was taken.\nPOST with the body {shown.decode()} was "
            "answered "
            f"{status}, not 422 or 400"
        )
    room.post("after all that was refused")
    with room.listener(after=len(TEXTS)) as listener:
        newest = {len(TEXTS) + 1: "after all that was refused"}
        listener.has(newest, f"A client comes with after={len(TEXTS)}")


@check(
    "every_client_gets_every_message",
    title="Every client of every worker gets every message",
    points=2.0,
    quick=True,
    hints=(
        "A client is connected to one worker. How does that worker learn of a message to another one?",
        (
            "Five gaps are common: a message between a client's catch-up and its subscription; a "
            "client that does not read and holds up the loop that sends; a client that goes amid a "
            "message, and ends that loop; a subscription that ends after five quiet seconds; a "
            "message that only the next one brings along."
        ),
        (
            'Give each client its own reader on the stream of the room (`f"room:{room}"`): '
            "`xread(…, block=500)` from its last id, with `max_connections` for all. With publish "
            "and subscribe: `psubscribe` to all rooms once, in the lifespan, and go on (`while "
            "True`) when a `get_message` is None; store (`RPUSH`) in the script that publishes; "
            "add the client's `queue`, then read the list; send only `number > after`. Each "
            "client has a sender of its own (`asyncio.create_task`), without a limit; one for all "
            "needs `except Exception`."
        ),
    ),
)
def test_every_client_gets_every_message(
    world: World, link: Link, quick: bool, tried: dict, request: pytest.FixtureRequest
) -> None:
    scenes = None if quick else request.getfixturevalue("scenes")
    room = world.room()
    with room.everywhere() as listeners:
        for pid in world.pids:
            room.post(f"to {pid}", pid)
            room.all_have(listeners, "A message was posted to one worker")
    if scenes:
        scenes.went_well("every_client_gets_every_message", tried)
    else:
        comes_while_another_posts(world, link)


def _comes_while_another_posts(way: str, stage: Beside) -> None:
    with World(stage.server, stage.tried) as world:
        comes_while_another_posts(world, stage.link, [way])


def _somebody_does_not_read(stage: Beside) -> None:
    with World(stage.server, stage.tried) as world:
        one_does_not_read(world)
        one_goes_amid_a_message(world)


def _a_crowd(stage: Beside) -> None:
    with World(stage.server, stage.tried) as world:
        a_crowd_at_one_worker(world)


@check(
    "in_order_and_once",
    title="Each client gets the messages in order, and each of them once",
    points=1.5,
    hints=(
        "Two messages at once: can a client see the later number first?",
        (
            "If the number is drawn in one step and the message is written in another, a later number "
            "can be there before an earlier one. And what comes twice, by the catch-up and by the "
            "subscription, must be sent once."
        ),
        (
            "Number and store a message in one step: a Lua script with INCR and HSET, or "
            "`number = await store.rpush(…)`, which returns the new length. A worker tells its own "
            "clients, too, only of a message that has come from Redis (XREAD, or "
            '`json.loads(m["data"])`), and remembers for each client the last id it has got.'
        ),
    ),
)
def test_in_order_and_once(world: World, scenes: Scenes, tried: dict) -> None:
    scenes.went_well("in_order_and_once", tried)
    scenes.until_all_are_over()  # none keeps these workers from what they must send
    _many_at_once(world)


def _two_at_once(stage: Beside) -> None:
    with World(stage.server, stage.tried) as world:
        one, other = world.pids[:2]
        room = world.room()
        with room.everywhere() as listeners:
            for step in range(MOST_STEPS):
                names = [f"stopped {step}", f"meanwhile {step}"]
                post = partial(world.posted, room.name, names[0], one)
                amid = partial(_posted_and_seen, room, names[1], other, listeners[1])
                *_, stopped = stopped_at(stage.link, step, one, post, amid)
                _note_two(room, listeners[0], names)
                room.all_have(listeners, "Two messages were posted at the same moment")
                if not stopped:
                    break
        own_message_comes_first(world, stage.link)


def _many_at_once(world: World) -> None:
    room = world.room()
    with room.everywhere() as listeners:
        _burst(world, room, 40)
        room.all_have(listeners, "Many messages were posted at once")
        for after in (0, 1, len(room.messages) - 1, len(room.messages)):
            with room.listener(world.pids[1], after) as late:
                right = {n: text for n, text in room.messages.items() if n > after}
                late.stays(right, f"A client comes with after={after}", 0.05)


def _posted_and_seen(room: Room, text: str, pid: int, listener: Listener) -> None:
    """Post, and let a client of that worker see what there is to see before the other one goes on."""
    room.world.posted(room.name, text, pid)
    listener.waits_for(len(room.messages) + 1, SEEN_S)


def _note_two(room: Room, listener: Listener, texts: list[str]) -> None:
    """Two messages were posted at once: their order is what a client sees."""
    number = len(room.messages) + 1
    seen = [text for _, text in listener.waits_for(number + 1)[number - 1 :]]
    if sorted(seen) == sorted(texts):
        texts = seen
    room.messages |= {number: texts[0], number + 1: texts[1]}


def _burst(world: World, room: Room, each: int) -> None:
    """Each worker is sent so many messages, one after the other, all workers at once."""

    def posts(pid: int) -> list[tuple[int, str]]:
        texts = [f"{pid} says {number}" for number in range(each)]
        return [(world.posted(room.name, text, pid), text) for text in texts]

    world.ready_to_post()
    with ThreadPoolExecutor(len(world.pids)) as pool:
        sent = [pair for pairs in pool.map(posts, world.pids) for pair in pairs]
    first = len(room.messages) + 1
    ids = sorted(number for number, _ in sent)
    assert len(set(ids)) == len(ids), "two messages of a room were given the same id"
    right = [*range(first, first + len(ids))]
    assert ids == right, (
        f"The ids of a room have a gap.\nAfter id {first - 1}, {len(ids)} messages were posted, "
        "and "
        f"were given ids up to {ids[-1]}"
    )
    room.messages |= dict(sorted(sent))


@check(
    "a_client_that_reconnects_misses_nothing",
    title="A client that comes back gets what it has missed",
    points=1.0,
    hints=(
        "Where are the messages that were posted while nobody listened?",
        (
            "They are kept for ever: up to 2,000 in a room, none is trimmed, and nothing expires. "
            "A client comes back to another worker, with the last id that it saw."
        ),
        (
            "Keep a stream (or a list) for each room: `XADD` (or RPUSH) without `MAXLEN`, and no "
            "`EXPIRE` behind it."
        ),
    ),
)
def test_a_client_that_reconnects_misses_nothing(scenes: Scenes, tried: dict) -> None:
    scenes.went_well("a_client_that_reconnects_misses_nothing", tried)


def _comes_back_after_a_night(stage: Beside) -> None:
    with World(stage.server, stage.tried) as world:
        _misses_nothing(world, stage.store)


def _misses_nothing(world: World, store: str) -> None:
    room = world.room()
    with room.listener(world.pids[0]) as listener:
        room.post("before")
        listener.has(room.messages, "A message was posted")
    _burst(world, room, (MANY - 1) // len(world.pids))
    let_the_night_pass(store)
    missed = {number: text for number, text in room.messages.items() if number > 1}
    for pid in (world.pids[0], world.pids[-1]):
        with room.listener(pid, after=1) as listener:
            listener.has(missed, "A client comes back after a night with many messages")
    above = len(room.messages) + 1
    with room.listener(world.pids[1], after=above) as listener:
        room.post("this one is not above")
        room.post("and this one is")
        newest = {above + 1: "and this one is"}
        listener.has(newest, f"A client waits for ids above {above}, which is not there yet")


@check(
    "a_killed_worker_loses_no_message",
    title="A worker killed at any step of a POST loses nothing",
    points=1.0,
    hints=(
        "A worker stores a message, and dies before it tells the others. Who tells them?",
        (
            "Five seconds later a message is either with all clients, old and new, or with none for "
            "ever. If the telling is a second step, it can be missing."
        ),
        (
            "Let the clients' readers wait at the stored messages themselves (`XREAD`): then storing "
            "is telling. Or store and tell in one Lua script, with `RPUSH` and `PUBLISH`."
        ),
    ),
)
def test_a_killed_worker_loses_no_message(scenes: Scenes, tried: dict) -> None:
    scenes.went_well("a_killed_worker_loses_no_message", tried)


def _is_killed_at_every_step(stage: Beside) -> None:
    server, link = stage.server, stage.link
    other = server.pids[0]  # the clients' worker, which is never killed
    with ExitStack() as stack:
        rooms = []
        for step in range(MOST_STEPS):
            world = stack.enter_context(World(server, stage.tried))
            victim = next(pid for pid in world.pids if pid != other)
            room = world.room()
            room.post("acknowledged", victim)
            listener = stack.enter_context(room.listener(other))
            listener.has(room.messages, "A message was posted")
            text = f"killed at {step}"
            post = partial(world.posted, room.name, text, victim)
            number, stopped = killed_at(link, step, server, victim, post)
            killed = time.monotonic()
            if number is not None:
                room.messages[2] = text
            rooms.append((room, listener, text))
            neighbour = world.room()
            neighbour.post("another room", other, PATIENCE_S)
            if not stopped:
                break
        time.sleep(max(0.0, killed + SETTLED_S - time.monotonic()))
        late = [stack.enter_context(_a_new_client(room)) for room, _, _ in rooms]
        pause(CAUGHT_UP_S)
        for (room, listener, text), newcomer in zip(rooms, late, strict=True):
            _all_or_nobody(room, (listener, newcomer), text)


def _a_new_client(room: Room) -> AbstractContextManager[Listener]:
    room.world.more()
    return room.listener(room.world.pids[-1], 0)


def _all_or_nobody(room: Room, listeners: tuple[Listener, ...], text: str) -> None:
    """A message without an answer is with all clients or with none; the next one has the next id."""
    when = "A worker was killed in the middle of a POST"
    seen = [len(one.got) for one in listeners]
    number = room.world.posted(room.name, "the next one", room.world.pids[-1], PATIENCE_S)
    if 2 not in room.messages and number == 3:
        room.messages[2] = text
    wanted = [len(room.messages)] * len(listeners)
    kind = "A message reached one client and not another."
    if seen[0] == seen[1]:
        kind = "The clients and the next id do not agree whether there is a message."
    assert seen == wanted, (
        f"{kind}\n{when}. {SETTLED_S:g} s later a client that was there has {seen[0]} messages "
        "and a "
        f"new one has {seen[1]}, and the next message was answered id {number}"
    )
    right = len(room.messages) + 1
    assert number == right, (
        f"The ids of a room have a gap.\n{when}, and the next message was answered id {number}, "
        "not "
        f"{right}"
    )
    room.messages[number] = "the next one"
    room.all_have(listeners, f"{when}, and the next message was posted")


@check(
    "ids_have_no_gap_and_no_twin",
    title="The ids of a room are 1, 2, 3, …",
    points=1.0,
    hints=(
        "Who gives out the next number, and can two workers get the same one?",
        (
            "A POST that is refused uses up no number, and neither does one that dies before its "
            "message is stored. So the number must be drawn in the step that stores the message."
        ),
        (
            "Look at the text first, `text = await text_of(request)`, and store nothing that may be "
            "refused. Then a Lua script: `XLEN`, plus one, and `XADD` with that number."
        ),
    ),
)
def test_ids_have_no_gap_and_no_twin(scenes: Scenes, tried: dict) -> None:
    scenes.went_well("ids_have_no_gap_and_no_twin", tried)


def _numbers(stage: Beside) -> None:
    with World(stage.server, stage.tried) as world:
        _have_no_gap_and_no_twin(world, stage.link)


def _have_no_gap_and_no_twin(world: World, link: Link) -> None:
    room = world.room()
    for pid in world.pids:
        room.post(f"to {pid}", pid)
        status, _ = world.post(room.name, REFUSED[0], pid)
        assert status in (400, 422), f"a POST without a text was answered {status}"
    is_refused_amid_others(world, link, (REFUSED[0], REFUSED[-1]), MOST_STEPS)
    for _ in range(3):
        _burst(world, room, 20)
    with room.listener() as listener:
        listener.has(room.messages, "Many messages were posted at once")


@check(
    "rooms_are_apart",
    title="Each room has its own messages and its own numbers",
    points=0.5,
    hints=(
        "Is the room part of everything that you keep and send?",
        "`Lobby` and `lobby` are two rooms, and a room may have any name that your app uses itself.",
        'Use `f"room:{room}"` as the key, with nothing changed in the room.',
    ),
)
def test_rooms_are_apart(scenes: Scenes, tried: dict) -> None:
    scenes.went_well("rooms_are_apart", tried)


def _many_rooms(stage: Beside) -> None:
    with World(stage.server, stage.tried) as world:
        _are_apart(world)


def _are_apart(world: World) -> None:
    names = [
        "a", "A", "a-b", "a-", "-", "1", "01", "rooms", "room", "messages", "ids", "id", "x" * 40,
        "x" * 39 + "y",
    ]  # fmt: skip
    pids = world.pids
    with ExitStack() as stack:
        rooms = [world.room(name) for name in names]
        listeners = [
            stack.enter_context(room.listener(pids[number % len(pids)]))
            for number, room in enumerate(rooms)
        ]
        for turn in range(2):
            for number, room in enumerate(rooms):
                room.post(f"{turn} for {room.name}", pids[(number + turn) % len(pids)])
        for room, listener in zip(rooms, listeners, strict=True):
            listener.has(room.messages, f"Messages were posted in many rooms, {room.name!r} is one")


@check(
    "reads_its_settings",
    title="REDIS_URL alone says where the rooms are",
    points=0.5,
    hints=(
        "What of your app does not end at the border of a Redis database?",
        (
            "This check serves your app again, on another database of the same Redis: another world. "
            "Keys belong to one database. Channels of publish and subscribe belong to all of them."
        ),
        (
            'Give Redis the whole address, `Redis.from_url(os.environ["REDIS_URL"])`. Use streams; or '
            'put the number of the database into the name of each channel: `f"messages:{DB}:{room}"`.'
        ),
    ),
)
def test_reads_its_settings(scenes: Scenes, tried: dict) -> None:
    scenes.went_well("reads_its_settings", tried)


def _two_worlds(server: Server, stage: Beside) -> None:
    with ExitStack() as stack:
        world = stack.enter_context(World(server, stage.tried))
        elsewhere = stack.enter_context(World(stage.server, stage.tried))
        one, other = world.room("two-worlds"), elsewhere.room("two-worlds")
        here, away = (stack.enter_context(room.listener()) for room in (one, other))
        for number in range(3):
            one.post(f"here {number}")
            other.post(f"there {number}")
        when = "Two servers are on two databases of one Redis, and both have a room of one name"
        here.stays(one.messages, when, 0.3)
        away.stays(other.messages, when, 0.0)


@check(
    "survives_a_restart",
    title="A restart of the app forgets nothing",
    points=0.5,
    hints=(
        "The app stops and starts again, and Redis goes on. What does the app do as it starts?",
        "Code at module level and in the lifespan runs at every start. Does any of it write?",
        "Delete the lines before the `yield` of the lifespan that write or delete (`flushdb`).",
    ),
)
def test_survives_a_restart(scenes: Scenes, tried: dict) -> None:
    scenes.went_well("survives_a_restart", tried)


def _restarts(stage: Beside) -> None:
    with World(stage.server, stage.tried) as world:
        room = world.room()
        for number in range(3):
            room.post(f"before {number}")
    stage.server.restart()
    with World(stage.server, stage.tried) as world:
        room.world = world
        with room.everywhere(after=0) as listeners:
            room.all_have(listeners, "The app was restarted")
            room.post("afterwards")
            room.all_have(listeners, "The app was restarted, and a message was posted")


@check(
    "leaves_nothing_behind",
    title="After a stop, no process is left, though clients are connected",
    points=0.5,
    hints=(
        "A server that stops waits for its connections. Who tells yours that it is over?",
        (
            "A loop that only sends never learns that the connection is over. uvicorn waits for it "
            "for ever."
        ),
        (
            "Wait for `client.receive()` in a task of its own, `gone = asyncio.create_task(…)`, and "
            "send `while not gone.done()`. Let `xread` wait for half a second at most (`block=500`)."
        ),
    ),
)
def test_leaves_nothing_behind(server: Server, world: World) -> None:
    room = world.room()
    with room.everywhere() as listeners:
        room.post("the last one")
        room.all_have(listeners, "A message was posted")
        server.close()
    left = ", ".join(server.left_behind)
    assert not left, f"the server was stopped, and these processes live on: {left}"
