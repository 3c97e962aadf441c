"""Places that a lab hands to the app."""

from pathlib import Path

import pytest

from workerlab.grading.places import SHARED_MEMORY, StateFile, StateSegment, segments


def test_a_state_file_is_an_absolute_path_with_nothing_there_that_goes_with_its_folder():
    with StateFile(own=True) as text, StateFile(own=True) as other:
        path = Path(text)
        assert path.is_absolute()
        assert not path.exists()
        assert path.parent != Path(other).parent
        path.write_text("a count")
        Path(text + "-wal").write_text("what SQLite keeps beside it")
    assert not path.parent.exists()


def test_a_state_file_is_never_a_shared_one():
    for kind in (StateFile, StateSegment):
        with pytest.raises(ValueError, match="one of its own"):
            kind(own=False)


@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="named segments are files on Linux only")
def test_a_segment_has_a_new_name_and_leaves_nothing_of_it():
    with StateSegment() as settings, StateSegment() as others:
        name = settings["STATE_NAME"]
        assert name != others["STATE_NAME"]
        assert segments(name) == []
        assert not Path(settings["STATE_LOCK"]).exists()
        (SHARED_MEMORY / name).write_bytes(b"a count")
        (SHARED_MEMORY / f"{name}_memory").write_bytes(b"and a second one")
        assert len(segments(name)) == 2
    assert segments(name) == []
