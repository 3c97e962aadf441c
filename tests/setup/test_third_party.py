"""What others wrote is what they wrote, is what runs, and needs no compiler."""

import hashlib
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ULTRADICT = ROOT / "third_party/UltraDict"
# sha256 of the files in the source package UltraDict 0.0.6 on PyPI.
FILES = {
    "Exceptions.py": "cc33d3012d3a9618340ab24745aa8e495f927573818253166a85861960fb1a6c",
    "LICENSE": "67bc591a43b4060aa41cebed27356a1095f7974bf114886e6906957dab75b9a5",
    "UltraDict.py": "1f522701b8b22739b10ac42ec6639c3f84131fcbb6e5216a5a5edcf56c573e83",
    "__init__.py": "d50dcb88af07cd434cabf9a51a5686af11056bf0bde675115f9b55a675a94f02",
}
SHARED = """
import os, subprocess, sys
from UltraDict import UltraDict

name = f"third-party-{os.getpid()}"
meta = UltraDict(name=name, shared_lock=True, count=1)
other = f"from UltraDict import UltraDict; UltraDict(name={name!r}, shared_lock=True)['count'] += 1"
subprocess.run([sys.executable, "-c", other], check=True)
print(meta["count"], meta.update_stream_position > 0)
meta.unlink()
"""


def test_its_files_are_those_of_the_package():
    assert {path.name: digest(path) for path in ULTRADICT.iterdir() if path.is_file()} == FILES


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_it_is_what_is_imported_and_no_part_of_it_is_compiled():
    show = "import UltraDict as u, sys; print(*(m.__file__ for n, m in sys.modules.items()"
    loaded = python(f"{show} if n.partition('.')[0] == 'UltraDict'), sep='\\n')").splitlines()
    assert {Path(file) for file in loaded} == {
        ULTRADICT / name for name in FILES if name.endswith(".py")
    }
    with pytest.raises(PackageNotFoundError):
        distribution("UltraDict")


def python(code: str) -> str:
    """What another Python prints, anywhere but in this folder."""
    run = [sys.executable, "-c", code]
    return subprocess.run(run, cwd="/", capture_output=True, text=True, check=True).stdout


def test_two_processes_share_one_dict():
    assert python(SHARED).split() == ["2", "True"]


def test_licence_and_origin_are_named():
    assert (ULTRADICT / "LICENSE").read_text().lstrip().startswith("Apache License")
    text = (ROOT / "third_party/README.md").read_text()
    (row,) = [line for line in text.splitlines() if line.startswith("| `UltraDict/` |")]
    for told in ("UltraDict 0.0.6", "Ronny Rentner", "PyPI", "github.com/ronny-rentner/UltraDict"):
        assert told in row
    assert re.search(r"sha256 `[0-9a-f]{64}`", row) and "[Apache 2.0](UltraDict/LICENSE)" in row


def test_every_folder_has_its_row_and_its_licence():
    text = (ROOT / "third_party/README.md").read_text()
    folders = [path for path in ULTRADICT.parent.iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        assert f"| `{folder.name}/` |" in text and (folder / "LICENSE").is_file()
