"""What a chapter shows: a file, processes that go."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from workerlab.errors import BadUsage, NotReady
from workerlab.notebook import alive, gone, listing

WAITS = [sys.executable, "-c", "input()"]


@pytest.fixture
def child():
    process = subprocess.Popen(WAITS, stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def test_a_listing_names_its_file_and_shows_its_code(tmp_path):
    path = tmp_path / "app.py"
    path.write_text("count = 0\n\n")
    shown = listing(path)._repr_mimebundle_()
    assert shown["text/markdown"] == f"**{path}**\n\n```python\ncount = 0\n```"
    assert shown["text/plain"] == f"# {path}\ncount = 0"


def test_a_listing_can_show_a_part(tmp_path):
    path = tmp_path / "app.py"
    path.write_text("import os\nlock = os\n\n\n@lock\nasync def increment():\n    pass\n\nx = 1\n")
    shown = repr(listing(path, "lock", "increment"))
    assert shown == f"# {path}\nlock = os\n\n\n@lock\nasync def increment():\n    pass"
    with pytest.raises(BadUsage, match="defines no reset"):
        listing(path, "reset")


def test_a_process_is_alive_until_it_has_ended(child):
    assert alive([os.getpid(), child.pid]) == [os.getpid(), child.pid]
    child.stdin.close()
    assert gone([child.pid]) >= 0, "a zombie counts as gone, too"
    assert alive([child.pid]) == []


def test_one_that_stays_is_named_with_the_way_to_stop_it(child):
    with pytest.raises(NotReady, match=str(child.pid)) as caught:
        gone([child.pid], deadline=0.05)
    assert caught.value.advice == f"stop them: kill -9 {child.pid}"
