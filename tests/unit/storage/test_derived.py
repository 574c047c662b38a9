"""Values that files give: made again when a file changes, and never taken from a damaged cache."""

import os

import pytest

from ganzoo.storage import derived
from ganzoo.storage.cache import cache_folder
from ganzoo.storage.derived import Derived


@pytest.fixture
def place(tmp_path):
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "a.txt").write_text("one")
    return tmp_path / "place"


def value_of(place, about=()):
    """The value as a new process gets it, and whether it was made for that."""
    made = []

    def make():
        made.append(1)
        return {"a": (place / "a.txt").read_text() if (place / "a.txt").exists() else None, "b": [1, "\u00e9\ud800"]}

    kept = Derived("tried", list(about))
    value = kept.value(str(place), ("a.txt", "b.txt"), make)
    kept.save()
    return value["a"], bool(made)


def test_a_value_is_made_once(place):
    assert value_of(place) == ("one", True)
    assert value_of(place) == ("one", False)
    assert value_of(place, ["another form"]) == ("one", True)
    assert value_of(place) == ("one", False)


def test_it_is_made_again_when_a_file_changes(place):
    value_of(place)
    times = (place / "a.txt").stat()
    (place / "a.txt").write_text("two")  # as long, and of the same time
    os.utime(place / "a.txt", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert value_of(place) == ("two", True)
    (place / "b.txt").write_text("")  # is there now
    assert value_of(place) == ("two", True)
    (place / "a.txt").unlink()
    assert value_of(place) == (None, True)
    assert value_of(place) == (None, False)


def test_a_file_that_changes_while_it_is_read_is_read_again(place):
    def make():
        (place / "a.txt").write_text("changed meanwhile")
        return {"a": "one"}

    kept = Derived("tried", [])
    kept.value(str(place), ("a.txt", "b.txt"), make)
    kept.save()
    assert value_of(place) == ("changed meanwhile", True)


def test_no_damage_comes_through(place):
    value_of(place)
    [file] = (cache_folder() / "tried").iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-1], b"", whole[:70], whole.replace(b'"one"', b'"two"'), b"\xff\xfe" + whole, b"{}"):
        file.write_bytes(damaged)
        assert value_of(place) == ("one", True)
        assert file.read_bytes() == whole


def test_values_of_what_is_gone_are_dropped_with_the_next_new_one(place, tmp_path):
    (tmp_path / "other").mkdir()
    value_of(place)
    value_of(tmp_path / "other")
    [file] = (cache_folder() / "tried").iterdir()
    assert "/other" in file.read_text() and "/place" in file.read_text()
    (tmp_path / "other").rmdir()
    (place / "a.txt").write_text("new")
    value_of(place)
    assert "/other" not in file.read_text() and "/place" in file.read_text()


def test_a_cache_that_cannot_be_written_does_no_harm(place, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "file"))
    assert value_of(place) == ("one", True)
    assert value_of(place) == ("one", True)
    monkeypatch.setattr(derived, "cache_folder", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert value_of(place) == ("one", True)
    assert (tmp_path / "file").read_text() == ""
