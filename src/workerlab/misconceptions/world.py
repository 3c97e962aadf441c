"""The rules by which a situation is worked out: how processes, steps, locks and messages behave.

The defaults are what the chapters' runs show. A misconception is the same world with one of these
rules replaced, so that what it predicts is computed and not typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

APART: Mapping[str, bool] = MappingProxyType(
    {
        "a line": True,
        "a request": True,
        "two calls": True,
        "look, then act": True,
        "add, then ask": True,
        "a transaction": True,
        "a lock variable": True,
        "a lock of multiprocessing": True,
        "two locks": True,
        "a library's call": True,
        "an await": True,
        "a def endpoint": True,
        "no await": False,
        "one command": False,
        "one lock for all": False,
    }
)
"""Of each kind of request: whether another request can come between its read and its write."""

FREED: Mapping[str, str] = MappingProxyType(
    {
        "lock in a process": "waits for ever",
        "time-to-live": "waits",
        "file": "goes on at once",
        "session": "goes on at once",
    }
)
"""Of each kind of lock: what the next worker does when the holder was killed."""

ROW_LOCKS: Mapping[str, bool] = MappingProxyType(
    {"sqlite": False, "mariadb": True, "postgresql": True}
)
"""Of each database: whether `SELECT … FOR UPDATE` holds others back."""


@dataclass(frozen=True)
class World:
    """One rule for each field. Counts are of processes, requests, messages or imports."""

    copies: Callable[[int], int] = lambda processes: processes
    """Into how many separate copies an object of a module falls, over so many processes."""
    reached: Callable[[int], int] = lambda workers: 1
    """How many of the workers one request reaches."""
    met: Callable[[int], int] = lambda workers: 1
    """How many workers the requests of one kept connection meet."""
    hung_are_noticed: bool = True
    """Whether a parent replaces a worker that lives and does not reply to its ping."""
    pinged_is_serving: bool = False
    """Whether only a worker that can serve requests replies to a ping."""
    fair: bool = False
    """Whether workers take turns."""
    imports: Callable[[int], int] = lambda workers: workers
    """How often so many spawned workers import their module, together with their parent."""
    forked_imports: Callable[[int], int] = lambda workers: 1
    """How often a module is imported before workers are forked, and in them."""
    parent_looks: bool = True
    """Whether a parent that is given a file imports it, to find the app in there."""
    starts_again: bool = True
    """Whether start-up code runs in every process that starts, a replacement included."""
    ports: Callable[[int, int], int] = lambda connections, workers: connections
    """How many ports the access log shows."""
    apart: Mapping[str, bool] = field(default_factory=lambda: APART)
    merges: Callable[[int, int], int] | None = None
    """How many orders two requests of so many steps have; None: count them."""
    check_finds: bool = False
    """Whether a check that passes has had a chance to fail."""
    waits_its_turn: bool = False
    """Whether a store lets each wait that meets another, and refuses nobody."""
    freed: Mapping[str, str] = field(default_factory=lambda: FREED)
    row_locks: Mapping[str, bool] = field(default_factory=lambda: ROW_LOCKS)
    reads_beside_a_writer: bool = False
    """Whether a file that one connection writes can be read by others, without a log of its own."""
    written_is_kept: bool = False
    """Whether a statement that has returned is kept, without a commit."""
    adding_returns: bool = False
    """Whether a method that changes a value always returns the new one."""
    lease_ends: bool = True
    """Whether a lock with a time-to-live goes to another while its holder stands still."""
    lock_of_request: bool = False
    """Whether a lock on a file belongs to the request that takes it, and not to the open file."""
    kept_when_answered: bool = False
    """Whether a number that was answered outlives the process that had it in memory."""
    messages_wait: bool = False
    """Whether a message waits for a client that listens later."""
    applied_when_sent: bool = False
    """Whether a message that was sent has been applied."""
    done_when_answered: bool = False
    """Whether all work of a request is finished when its response arrives."""
    ends_with_parent: bool = False
    """Whether a process ends because the one that started it has ended."""
    needs_clean_up: bool = False
    """Whether nothing but the notebook's own code ends what the notebook has started."""
    heals: bool = False
    """Whether a connection to a process that was replaced works again by itself."""
    all_is_replaced: bool = False
    """Whether a server replaces every process that dies, and not only its workers."""
    cut_is_told: bool = False
    """Whether the one end of a connection learns at once that the wire is cut."""
    refused_is_undone: bool = False
    """Whether a request that ended with an error has had no effect."""
    name_stays: bool = False
    """Whether a segment keeps its name until the last process that uses it has ended."""
    space_is_freed: bool = False
    """Whether memory that nothing needs any more is free again."""
    in_order: bool = False
    """Whether numbers become visible in the order in which they were given out."""
    windows_join: bool = False
    """Whether a limit for each minute by the clock holds for any sixty seconds."""
    finds_its_asker: bool = False
    """Whether a reply reaches the process that asked, on a connection that two processes share."""
    same_form: bool = False
    """Whether a number is stored in one form, whatever library writes it."""
    names_apart: bool = False
    """Whether a prefix and a key that are joined can be told apart again."""
    copied_classes: bool = False
    """Whether a new process has the classes of the one that started it, with any start method."""
    nothing_waits: bool = False
    """Whether a small response takes no longer than its computing."""
    dead_are_left_out: bool = False
    """Whether a number of workers that is waited for shrinks when one of them dies."""
    client_remembers: bool = False
    """Whether the client of a store answers a second read from what it has read before."""
    stream_keeps: bool = True
    """Whether messages of a stream can be had later."""
    files_stay: bool = True
    """Whether a file is still there when the process that wrote it was killed."""
    goes_on_alone: bool = False
    """Whether an app that is cut off from its store counts by itself meanwhile."""
    gil_covers_calls: bool = False
    """Whether the GIL keeps a read, a call and a write of one thread together."""
    time_repeats: bool = False
    """Whether the same code takes the same time again."""
