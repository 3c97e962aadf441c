"""The stores that the labs talk to: found, or started for as long as they are needed."""

from importlib import import_module

_HOMES = {
    "MariaDB": "workerlab.services.mariadb",
    "Memcached": "workerlab.services.memcached",
    "Postgres": "workerlab.services.postgres",
    "Redis": "workerlab.services.redis",
}
__all__ = ["MariaDB", "Memcached", "Postgres", "Redis"]


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'workerlab.services' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
