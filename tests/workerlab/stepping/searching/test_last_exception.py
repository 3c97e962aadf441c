"""The last exception of a log is told with the app's own line."""

import pytest

from workerlab.stepping.searching.last_exception import last_exception

LOG = """
INFO: started
Traceback (most recent call last):
  File "/srv/.venv/lib/python3.12/site-packages/starlette/routing.py", line 73, in app
    response = await f(request)
  File "{own}", line 24, in publish
    return dict(await database.fetchrow(insert))
  File "{library}", line 197, in bind_execute
asyncpg.exceptions.UniqueViolationError: duplicate key
DETAIL:  Key (slug)=(a) already exists.
"""


@pytest.mark.parametrize("own", ["/srv/blog/articles.py", "/home/ann/workerlab/notebooks/a.py"])
@pytest.mark.parametrize(
    "library",
    [
        "asyncpg/protocol/protocol.pyx",
        "<string>",
        "/srv/lib/python3.12/json/decoder.py",
        "/home/ann/workerlab/src/workerlab/stepping/worker/stand_ins.py",
    ],
)
def test_it_names_the_line_of_the_app(own: str, library: str) -> None:
    said = last_exception(LOG.format(own=own, library=library))
    name = own.rpartition("/")[2]
    error = "asyncpg.exceptions.UniqueViolationError: duplicate key"
    assert said == f" ({error}, in {name}, line 24)"


def test_a_log_without_one_says_nothing() -> None:
    assert last_exception("INFO: all is well") == ""
