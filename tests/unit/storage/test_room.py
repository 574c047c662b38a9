"""Free room of a disk, and what is said of a file that does not fit."""

import errno
import os
from types import SimpleNamespace

import pytest

from ganzoo.errors import SetupError
from ganzoo.storage import atomic, room
from ganzoo.storage.room import cannot_write, is_full


def stand_in(monkeypatch, *, free, inodes=100, total=1000):
    monkeypatch.setattr(room.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_favail=inodes, f_files=total), raising=False)


def test_the_room_of_what_is_to_be_made_is_that_of_the_folder_above(tmp_path):
    """By ``df``'s own numbers, which are the system call's."""
    found, above = room.room(tmp_path / "a" / "b" / "c"), os.statvfs(tmp_path)
    assert found.size == pytest.approx(above.f_bavail * above.f_frsize, rel=0.2)  # others write meanwhile
    assert found.files == (pytest.approx(above.f_favail, rel=0.2) if above.f_files else None)


def test_file_systems_that_count_no_inodes_say_none(tmp_path, monkeypatch):
    stand_in(monkeypatch, free=5, inodes=0, total=0)
    assert room.room(tmp_path) == (5, None)
    monkeypatch.delattr(os, "statvfs")  # Windows
    assert room.room(tmp_path) == (5, None)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_with_path_and_bytes(tmp_path, monkeypatch, number):
    """Also where it is a user's share that is full; the old file is left."""
    path = tmp_path / "kept.json"
    atomic.write_file(path, "old")

    def full(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    stand_in(monkeypatch, free=1234)
    with pytest.raises(SetupError) as told:
        atomic.write_file(path, "x" * 5000)
    assert told.value.exit_code == 3
    assert f"cannot write {path}: {os.strerror(number)}: 5,000 bytes are needed and 1,234 bytes are free" in str(
        told.value
    )
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(SetupError, match="1,234 bytes are free"):
        atomic.commit_folder(tmp_path / "folder", lambda folder: (folder / "a").write_text("a"))
    assert list(tmp_path.iterdir()) == [path]


def test_a_lack_of_inodes_is_told_as_one(tmp_path, monkeypatch):
    stand_in(monkeypatch, free=10**9, inodes=0)
    said = cannot_write(tmp_path / "a", OSError(errno.ENOSPC, "No space left on device"))
    assert "0 inodes are free" in said and "bytes" not in said


def test_other_errors_speak_of_no_room(tmp_path):
    denied = PermissionError(errno.EACCES, "Permission denied")
    assert not is_full(denied) and not is_full(ValueError()) and not is_full(None)
    assert cannot_write(tmp_path / "a", denied) == f"cannot write {tmp_path / 'a'}: Permission denied"
