"""The data of a Redis or Valkey server as they were: every key of every database, with its time to live."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from redis import Redis


@dataclass
class RedisData:
    """The keys of the server at `url`, which must be one of ours: it is emptied and filled again."""

    url: str
    name: str = "Redis"
    _kept: dict[int, list[tuple[bytes, int, bytes]]] = field(default_factory=dict)

    def take(self) -> None:
        """Remember each key's value and time to live, in milliseconds (0: for ever)."""
        self._clients: dict[int, Redis] = {}
        self._kept = {}
        with Redis.from_url(self.url) as one:
            numbers = [int(name.removeprefix("db")) for name in one.info("keyspace")]
        for number in numbers:
            client = self._client(number)
            keys = [*client.scan_iter(count=1000)]
            asked = client.pipeline(transaction=False)
            for key in keys:
                asked.pttl(key)
                asked.dump(key)
            said = asked.execute()
            found = zip(keys, said[::2], said[1::2], strict=True)
            self._kept[number] = [(key, max(0, left), dump) for key, left, dump in found if dump]

    def put_back(self) -> None:
        """Empty the server, and give each key its value and its whole time to live again."""
        self._client(0).flushall()
        for number, rows in self._kept.items():
            filled = self._client(number).pipeline(transaction=False)
            for key, left, dump in rows:
                filled.restore(key, left, dump)
            filled.execute()

    def _client(self, number: int) -> Redis:
        if number not in self._clients:
            address = urlsplit(self.url)._replace(path=f"/{number}")
            self._clients[number] = Redis.from_url(urlunsplit(address))
        return self._clients[number]

    def close(self) -> None:
        """Hang up."""
        for client in self._clients.values():
            client.close()
