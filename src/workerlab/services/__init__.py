"""The stores that the labs talk to: found, or started for as long as they are needed."""

from typing import TYPE_CHECKING

from workerlab._lazy import lazy

if TYPE_CHECKING:
    from workerlab.services.mariadb import MariaDB
    from workerlab.services.memcached import Memcached
    from workerlab.services.postgres import Postgres
    from workerlab.services.redis import Redis

__all__ = ["MariaDB", "Memcached", "Postgres", "Redis"]
__getattr__ = lazy(
    __name__,
    {
        "MariaDB": "workerlab.services.mariadb",
        "Memcached": "workerlab.services.memcached",
        "Postgres": "workerlab.services.postgres",
        "Redis": "workerlab.services.redis",
    },
)
