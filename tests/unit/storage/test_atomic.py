"""Files and folders that are whole or not there, whatever moment a process is killed at."""

import os
import stat

import pytest

from benchmarks.reliability.killing import killed_at_every_moment
from ganzoo.errors import SetupError
from ganzoo.storage.atomic import commit_folder, in_place, write_file
from ganzoo.storage.leftovers import sweep


def filled(text):
    def write(folder):
        for name in ("a", "b"):
            (folder / name).write_text(text)

    return write


def content(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def visible(folder):
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def hidden(folder):
    return [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.fixture
def masked(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize("masked", [0o022, 0o027, 0o077, 0o002], ids=oct, indirect=True)
def test_files_and_folders_have_the_mode_that_the_umask_leaves(tmp_path, masked):
    write_file(tmp_path / "file", "x")
    write_file(tmp_path / "file", "y")  # one that is replaced
    commit_folder(tmp_path / "folder", filled("x"))
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o666 & ~masked
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o777 & ~masked
    assert stat.S_IMODE((tmp_path / "folder" / "a").stat().st_mode) == 0o666 & ~masked


def write_in_place(path, text):
    with in_place(path) as part:
        assert part.suffix == path.suffix
        part.write_text(text)


@pytest.mark.parametrize("write", [write_file, write_in_place])
def test_a_file_is_the_old_one_or_the_new_one_at_every_moment(tmp_path, write):
    path = tmp_path / "place" / "file.npz"

    def begin():
        write(path, "old")

    seen = set()
    for _ in killed_at_every_moment(tmp_path / "place", begin, lambda: write(path, "new")):
        assert visible(path.parent) == [path]
        seen.add(path.read_text())
        sweep([path.parent])
        assert list(path.parent.iterdir()) == [path]
    assert seen == {"old", "new"}


@pytest.mark.parametrize("times", [1, 2])
def test_a_folder_that_is_replaced_stands_whole_at_every_moment(tmp_path, times):
    """Also where the exchange before it was killed and left what it had moved aside."""
    path = tmp_path / "place" / "step"

    def begin():
        commit_folder(path, filled("old"))
        if times == 2:
            (path.parent / "step.old-01234567").mkdir()
            filled("older")(path.parent / "step.old-01234567")

    seen = set()
    for ended in killed_at_every_moment(
        tmp_path / "place", begin, lambda: commit_folder(path, filled("new"), replace=True)
    ):
        standing = [content(folder) for folder in visible(path.parent)]
        whole = [{"a": text, "b": text} for text in ("older", "old", "new")]
        assert all(each in whole for each in standing)
        assert {"a": "old", "b": "old"} in standing or {"a": "new", "b": "new"} in standing
        seen.add(len(standing))
        if ended:
            assert standing == [whole[2]] and not hidden(path.parent)
        sweep([path.parent])
        assert not hidden(path.parent)
    assert seen == set(range(1, times + 2))


def test_without_replace_the_first_folder_wins(tmp_path):
    commit_folder(tmp_path / "x", filled("first"))
    commit_folder(tmp_path / "x", filled("second"))
    assert content(tmp_path / "x") == {"a": "first", "b": "first"}
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]


def test_an_exchange_that_the_disk_refuses_puts_the_old_folder_back(tmp_path, monkeypatch):
    path = tmp_path / "x"
    commit_folder(path, filled("old"))
    rename = type(path).rename

    def refused(self, target):
        if target == path and self.name.endswith(".part"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(type(path), "rename", refused)
    with pytest.raises(SetupError, match="Input/output error"):
        commit_folder(path, filled("new"), replace=True)
    assert list(tmp_path.iterdir()) == [path] and content(path) == {"a": "old", "b": "old"}


def test_sweeping_takes_our_leftovers_alone(tmp_path):
    ours = [".run.json.0123abcd.part", ".step-000000200.1f2e3d4c.part", ".step-000000200.ab_9z8y7"]
    others = [".lock", ".holder.json", ".nfs000000000012", ".result.json.swp", "run.json", "a.part", ".x.part"]
    for name in (*ours[:1], *others):
        (tmp_path / name).write_text("x")
    for name in ours[1:]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "state").write_text("x")
    gone = sweep([tmp_path, tmp_path / "absent"])
    assert {path.name for path in gone} == set(ours)
    assert {path.name for path in tmp_path.iterdir()} == set(others)


def test_where_others_may_write_only_what_is_old_is_swept(tmp_path):
    for name in ("young", "old", "growing"):
        folder = tmp_path / f".{name}.01234567.part"
        folder.mkdir()
        (folder / "file").write_text("x")
    long_ago = (tmp_path / ".old.01234567.part").stat().st_mtime - 1e6
    for path in (
        tmp_path / ".old.01234567.part" / "file",
        tmp_path / ".old.01234567.part",
        tmp_path / ".growing.01234567.part",  # whose file is written to still
    ):
        os.utime(path, (long_ago, long_ago))
    assert [path.name for path in sweep([tmp_path], older_than=86_400)] == [".old.01234567.part"]
