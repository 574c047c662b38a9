import errno
import os
import subprocess
import sys
import urllib.error
from pathlib import Path

import pytest

from ganzoo.errors import DataError, SetupError
from ganzoo.storage.cache import Cache


def write(text):
    return lambda folder: folder.joinpath("file").write_text(text) and None


def test_what_is_committed_is_found_and_the_first_one_stays(tmp_path, said):
    cache = Cache(tmp_path)
    assert cache.find("images", "abc") is None
    folder = cache.commit("images", "abc", write("first"))
    assert cache.commit("images", "abc", write("second")) == folder == cache.find("images", "abc")
    assert (folder / "file").read_text() == "first"
    assert said == []


def test_a_write_that_fails_leaves_nothing(tmp_path, said):
    cache = Cache(tmp_path)

    def fail(folder):
        folder.joinpath("half").write_text("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cache.commit("images", "abc", fail)
    assert cache.find("images", "abc") is None
    assert [*tmp_path.joinpath("images").iterdir()] == []


def _failing(error, cause=None):
    def write(folder):
        raise error from cause

    return write


@pytest.mark.parametrize(
    "error",
    [
        SetupError("there is no connection"),
        DataError("an image is broken"),
        ConnectionRefusedError(111, "Connection refused"),
        TimeoutError("timed out"),
        urllib.error.URLError("Name or service not known"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
        FileNotFoundError(2, "No such file or directory", "/elsewhere/source.png"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_what_is_not_about_the_disk_passes_through(tmp_path, error, wrapped):
    cache = Cache(tmp_path)
    raised = SetupError("it cannot be had") if wrapped else error
    with pytest.raises(type(raised)) as caught:
        cache.commit("images", "abc", _failing(raised, error if wrapped else None))
    assert caught.value is raised
    assert cache.root == tmp_path and [*tmp_path.joinpath("images").iterdir()] == []


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError("800 requested and 12 written"),  # as numpy says it
        PermissionError(errno.EACCES, "Permission denied", "{folder}/file"),
    ],
    ids=["full", "full, by numpy", "forbidden"],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_what_is_about_the_disk_is_one_warning_and_a_second_try(tmp_path, said, error, wrapped):
    cache, tries = Cache(tmp_path), []

    def write_at_second_try(folder):
        tries.append(folder)
        if len(tries) == 1:
            if error.filename:
                error.filename = str(folder / "file")
            raise (SetupError("cannot write") if wrapped else error) from (error if wrapped else None)
        folder.joinpath("file").write_text("text")

    folder = cache.commit("images", "abc", write_at_second_try)
    assert folder.joinpath("file").read_text() == "text" and not folder.is_relative_to(tmp_path)
    assert len(tries) == 2 and len(said) == 1 and said[0].startswith("warning: the cache")


def test_discard_makes_room_for_a_new_one(tmp_path, said):
    cache = Cache(tmp_path)
    cache.commit("images", "abc", write("damaged"))
    cache.discard("images", "abc")
    assert cache.find("images", "abc") is None
    assert cache.commit("images", "abc", write("good")).joinpath("file").read_text() == "good"
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"GANZOO_CACHE": "{tmp}/named", "XDG_CACHE_HOME": "{tmp}/xdg"}, "named"),
        ({"XDG_CACHE_HOME": "{tmp}/xdg"}, "xdg/ganzoo"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "{tmp}/home"}, "home/.cache/ganzoo"),
        ({"HOME": "{tmp}/home"}, "home/.cache/ganzoo"),
    ],
)
def test_where_it_is(tmp_path, said, monkeypatch, variables, expected):
    for name in ("GANZOO_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(tmp=tmp_path))
    assert Cache.open().root == tmp_path / expected
    assert said == []


def test_a_cache_that_cannot_be_written_is_one_warning_and_a_temporary_folder(tmp_path, said, monkeypatch):
    tmp_path.joinpath("file").write_text("in the way")
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "file" / "cache"))
    cache = Cache.open()
    assert cache.commit("images", "abc", write("text")).joinpath("file").read_text() == "text"
    assert cache.find("images", "abc").is_relative_to(cache.root)
    assert not cache.root.is_relative_to(tmp_path / "file")
    assert len(said) == 1
    assert said[0].startswith("warning: the cache") and "temporary" in said[0]


def test_without_a_home_there_is_a_temporary_folder(said, monkeypatch):
    monkeypatch.delenv("GANZOO_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    cache = Cache.open()
    assert cache.commit("images", "abc", write("text")).is_dir()
    assert len(said) == 1 and "no folder for the cache" in said[0]


def test_a_cache_that_can_only_be_read_still_serves(tmp_path, said, monkeypatch):
    kept = Cache(tmp_path).commit("images", "abc", write("old"))
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path))

    def refuse(*args, **options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("ganzoo.storage.cache.tempfile.TemporaryFile", refuse)
    cache = Cache.open()
    assert cache.find("images", "abc") == kept
    assert not cache.commit("images", "new", write("new")).is_relative_to(tmp_path)
    assert len(said) == 1
    cache.discard("images", "abc")
    assert cache.find("images", "abc") is None
    assert kept.is_dir()


def test_a_cache_that_fills_up_later_is_one_warning(tmp_path, said):
    cache = Cache(tmp_path)
    tmp_path.joinpath("images").write_text("in the way")
    assert cache.commit("images", "a", write("a")).is_dir()
    assert cache.commit("images", "b", write("b")).is_dir()
    assert len(said) == 1


def test_when_the_temporary_folder_fails_too_it_is_an_error(tmp_path, said):
    cache = Cache(tmp_path)
    tmp_path.joinpath("images").write_text("in the way")

    def full(folder):
        raise OSError(28, "No space left on device")

    with pytest.raises(SetupError, match="No space left"):
        cache.commit("images", "a", full)
    assert len(said) == 1


def test_the_temporary_folder_goes_with_the_process_and_not_with_a_child(tmp_path):
    program = """
import os, sys
from ganzoo.storage.cache import Cache
cache = Cache.open()
if (child := os.fork()) == 0:
    sys.exit(0)
os.waitpid(child, 0)
assert cache.root.is_dir()
print(cache.root)
"""
    tmp_path.joinpath("file").write_text("in the way")
    variables = {**os.environ, "GANZOO_CACHE": str(tmp_path / "file" / "cache"), "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True)
    folder = Path(done.stdout.strip())
    assert folder.is_relative_to(tmp_path)
    assert not folder.exists()


def test_it_is_light(tmp_path):
    program = "import sys, ganzoo.storage.cache; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
