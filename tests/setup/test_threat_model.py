"""What docs/design/threat-model.md promises is tested: every test and folder that it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs/design/threat-model.md"
DEFINED = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def there() -> set[str]:
    files = [*ROOT.glob("tests/workerlab/**/test_*.py"), *ROOT.glob("tests/hostile/test_*.py")]
    return {name for file in files for name in DEFINED.findall(file.read_text(encoding="utf-8"))}


def test_every_test_that_is_named_exists():
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert len(named) > 20 and named - there() == set()


def test_every_promise_names_a_test():
    text = PAGE.read_text(encoding="utf-8")
    promises = text.partition("## The promises")[2].partition("## What is not promised")[0]
    lines = [line for line in promises.splitlines() if line.startswith("- ")]
    assert len(lines) > 10
    assert [line for line in lines if "`test_" not in line] == []


def test_every_folder_that_is_named_exists():
    named = re.findall(r"`(tests/[\w/]+)`", PAGE.read_text(encoding="utf-8"))
    assert named and [name for name in named if not (ROOT / name).exists()] == []


def test_the_guide_leads_to_it():
    assert "(docs/design/threat-model.md)" in (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
