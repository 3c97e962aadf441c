"""What Memcached's replies say that a command has read and written."""

from __future__ import annotations

from workerlab.stepping.worker.replies import UNKNOWN, Effect, Replies, Tell, Unpaired, named, text

_STORES = {b"set", b"add", b"replace", b"append", b"prepend", b"cas"}
_SAYS_NOTHING = {b"version", b"verbosity"}


class MemcachedReplies(Replies):
    """The text protocol."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[Tell, list[bytes]]] = []

    def _asks(self, tell: Tell, command: list[bytes]) -> None:
        if b"noreply" in command[1:7]:
            tell(UNKNOWN)
        elif command[0] != b"quit":
            self._waiting.append((tell, command))

    def _waits(self) -> bool:
        return bool(self._waiting)

    def _one(self, data: bytes) -> int:
        tell, command = self._waiting[0] if self._waiting else (None, [b""])
        taken = _items(data) if command[0] in (b"get", b"gets", b"gat", b"gats") else _line(data)
        if taken is None:
            return 0
        reply, size = taken
        if tell is None:
            raise Unpaired
        del self._waiting[0]
        if command[0] not in _SAYS_NOTHING:
            tell(_effect(command, reply))
        return size


Items = dict[bytes, bytes]


def _line(data: bytes) -> tuple[bytes, int] | None:
    end = data.find(b"\r\n")
    return None if end < 0 else (data[:end], end + 2)


def _items(data: bytes) -> tuple[Items | bytes, int] | None:
    """The values that were found by their keys, or the line of an error."""
    found: Items = {}
    place = 0
    while (end := data.find(b"\r\n", place)) >= 0:
        words, place = data[place:end].split(), end + 2
        if words[:1] != [b"VALUE"]:
            return (found if words == [b"END"] else b" ".join(words)), place
        size = int(words[3])
        found[words[1]] = data[place : place + size]
        place += size + 2
    return None


def _effect(command: list[bytes], reply: Items | bytes) -> Effect:
    if isinstance(reply, dict):
        return _of_get(command, reply)
    key = named(command[1]) if command[1:] else ""
    match command[0], reply:
        case b"set" | b"replace" | b"cas" | b"add", b"STORED":
            return Effect(None, f"{key} = {text(command[-1])}")
        case b"append", b"STORED":
            return Effect(None, f"{key} += {text(command[-1])}")
        case b"add", b"NOT_STORED":
            return Effect(f"{key} is there")
        case b"replace" | b"append" | b"prepend", b"NOT_STORED":
            return Effect(f"no {key}")
        case b"cas", b"EXISTS":
            return Effect(f"{key} has changed")
        case b"delete", b"DELETED":
            return Effect(None, f"{key} gone")
        case b"delete" | b"incr" | b"decr" | b"cas", b"NOT_FOUND":
            return Effect(f"no {key}")
        case ((b"incr" | b"decr"), _) if reply.strip().isdigit():
            return _of_a_count(command, key, int(reply))
    return UNKNOWN


def _of_get(command: list[bytes], found: Items) -> Effect:
    keys = command[2:] if command[0].startswith(b"gat") else command[1:]
    said = [
        f"{named(key)} = {text(found[key])}" if key in found else f"no {named(key)}" for key in keys
    ]
    return Effect(", ".join(said))


def _of_a_count(command: list[bytes], key: str, now: int) -> Effect:
    """A count never goes below 0, and starts anew above 64 bits: then nobody knows what it was."""
    change = int(command[2])
    before = now - change if command[0] == b"incr" else now + change
    known = before >= 0 and (command[0] == b"incr" or now > 0)
    return Effect(None, f"{key}: {before} → {now}" if known else f"{key} → {now}")
