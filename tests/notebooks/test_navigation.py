"""Previous, contents and next are generated, and up to date."""

import subprocess
import sys
from itertools import pairwise

from chapters import CHAPTERS, NOTEBOOKS, read


def test_the_navigation_is_up_to_date():
    command = [sys.executable, str(NOTEBOOKS / "contents.py"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + "run: python notebooks/contents.py"


def test_each_chapter_leads_to_its_neighbours_at_both_ends():
    for before, after in pairwise(CHAPTERS):
        for end in (0, -1):
            assert f"]({after.name})" in read(before).cells[end].source
            assert f"]({before.name})" in read(after).cells[end].source


def test_the_contents_name_every_chapter():
    table = next(cell.source for cell in read(CHAPTERS[0]).cells if cell.id == "contents")
    assert [path.name for path in CHAPTERS if f"]({path.name})" not in table] == []
