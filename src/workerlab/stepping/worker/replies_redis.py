"""Which reply of Redis or Valkey belongs to which command."""

from __future__ import annotations

from workerlab.stepping.worker.redis_effects import effect_of
from workerlab.stepping.worker.replies import UNKNOWN, Effect, Replies, Tell, Unpaired
from workerlab.stepping.worker.resp import Pushed, Refused, reply_in

_PUSHES = {b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE", b"MONITOR"}
_CHANGED = "nothing done: a watched key has changed"


class RedisReplies(Replies):
    """One reply for each command, in order. What stands between MULTI and EXEC is done by EXEC."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[Tell, list[bytes]]] = []
        self._queued: list[list[bytes]] = []

    def _asks(self, tell: Tell, command: list[bytes]) -> None:
        if _verb(command) in _PUSHES or (command[1:] and _verb(command[1:]) == b"REPLY"):
            raise Unpaired
        self._waiting.append((tell, command))

    def _waits(self) -> bool:
        return bool(self._waiting)

    def _one(self, data: bytes) -> int:
        taken = reply_in(data)
        if taken is None:
            return 0
        reply, size = taken
        if not isinstance(reply, Pushed):
            tell, command = self._waiting.pop(0)
            self._pair(tell, command, reply)
        return size

    def _pair(self, tell: Tell, command: list[bytes], reply: object) -> None:
        verb = _verb(command)
        if reply == b"QUEUED":
            self._queued.append(command)
            return
        if verb in (b"MULTI", b"EXEC", b"DISCARD"):
            queued, self._queued = self._queued, []
            if verb == b"EXEC":
                self._executed(tell, queued, reply)
            return
        if (effect := effect_of(command, reply)) is not None:
            tell(effect)

    def _executed(self, tell: Tell, queued: list[list[bytes]], reply: object) -> None:
        if reply is None:
            tell(Effect(_CHANGED))
        elif isinstance(reply, list) and len(reply) == len(queued):
            for command, its_reply in zip(queued, reply, strict=True):
                tell(effect_of(command, its_reply) or UNKNOWN)
        elif not isinstance(reply, Refused):
            raise Unpaired


def _verb(command: list[bytes]) -> bytes:
    return command[0].upper()
