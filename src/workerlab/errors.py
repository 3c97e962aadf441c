"""Errors that a reader can act on: the problem in one line, and the help in another."""

__all__ = ["AppDidNotStart", "NotReady", "ServiceMissing"]


class WorkerlabError(Exception):
    """Something the reader can fix.

    `message` and `advice` are one line each; `details` may be long (the last lines of a log).
    """

    def __init__(self, message: str, advice: str = "", details: str = "") -> None:
        super().__init__(message)
        self.advice = advice
        self.details = details


class BadUsage(WorkerlabError):
    """A wrong argument: no such file, no such lab, no such check."""


class ServiceMissing(WorkerlabError):
    """A server that a lab needs (Redis, PostgreSQL) cannot be found or reached."""


class AppDidNotStart(WorkerlabError):
    """The app file could not be imported or its start-up failed; `details` has its last lines."""


class NotReady(WorkerlabError):
    """The server runs, but did not respond in time."""
