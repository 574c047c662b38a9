import hashlib
import threading
from dataclasses import replace
from functools import partial

import pytest
from local_server import CONTENT

from ganzoo.errors import PluginError, SetupError
from ganzoo.storage import download
from ganzoo.storage.cache import Cache
from ganzoo.storage.download import fetch, kept

INSTEAD = "put it on the shelf; the cupboard works offline"


@pytest.fixture
def get():
    return partial(fetch, instead=INSTEAD, plain_loopback=True)


def contents(folder):
    """All files, without the lock that lies beside an unfinished part."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    if any(name.endswith(".part") for name in files):
        del files[".data.bin.lock"]
    return files


def fails(get, file, folder, message, kind=SetupError):
    with pytest.raises(kind, match=message) as error:
        get(file, folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_file_arrives_whole(tmp_path, file, get, said, site):
    path = get(file, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "data.bin"
    assert contents(path.parent) == {"data.bin": CONTENT}
    assert said == ["downloading data.bin (1.0 MB) from 127.0.0.1"]
    assert site.asked == [""]


def test_md5_and_size_do_where_no_sha256_is_published(tmp_path, file, get):
    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    assert get(replace(file, sha256="", md5=md5), tmp_path).read_bytes() == CONTENT
    fails(get, replace(file, sha256="", md5="0" * 32), tmp_path / "b", r"\(md5 0+, 1,000,000 bytes\)")


def test_the_first_digits_do_where_only_they_are_published(tmp_path, file, get):
    first = file.sha256[:8]
    assert get(replace(file, sha256=first, size=0), tmp_path).read_bytes() == CONTENT
    wrong = replace(file, sha256=f"{int(first, 16) ^ 1:08x}", size=0)
    fails(get, wrong, tmp_path / "b", rf"is not 'data.bin' as published \(its sha256 begins with {wrong.sha256}\)")
    assert contents(tmp_path / "b") == {}
    # Only the beginning counts, and a whole digest is compared whole.
    fails(get, replace(file, sha256=file.sha256[8:16]), tmp_path / "b", "as published")
    other = file.sha256[:-1] + ("0" if file.sha256[-1] != "0" else "1")
    fails(get, replace(file, sha256=other), tmp_path / "b", "as published")


def test_what_is_there_is_not_fetched_again(tmp_path, file, get, site):
    get(file, tmp_path)
    get(file, tmp_path)
    assert len(site.asked) == 1


def test_it_goes_on_where_it_stopped(tmp_path, file, get, site):
    (tmp_path / "data.bin.part").write_bytes(CONTENT[:300_000])
    assert get(file, tmp_path).read_bytes() == CONTENT
    assert site.asked == ["bytes=300000-"]
    assert contents(tmp_path).keys() == {"data.bin"}


def test_a_finished_part_is_only_checked(tmp_path, file, get, site):
    (tmp_path / "data.bin.part").write_bytes(CONTENT)
    assert get(file, tmp_path).read_bytes() == CONTENT
    assert site.asked == []


def test_a_part_that_is_too_long_is_dropped(tmp_path, file, get, site):
    (tmp_path / "data.bin.part").write_bytes(CONTENT + b"x")
    assert get(file, tmp_path).read_bytes() == CONTENT
    assert site.asked == [""]


def test_a_server_without_ranges_sends_it_all_again(tmp_path, file, get, site):
    site.ranges = False
    (tmp_path / "data.bin.part").write_bytes(b"x" * 300_000)
    assert get(file, tmp_path).read_bytes() == CONTENT


def test_a_range_that_cannot_be_had_starts_anew(tmp_path, file, get, site):
    (tmp_path / "data.bin.part").write_bytes(CONTENT + b"too much")
    assert get(replace(file, size=0), tmp_path).read_bytes() == CONTENT
    assert site.asked == [f"bytes={len(CONTENT) + 8}-", ""]


def test_an_interrupted_download_is_taken_up_again(tmp_path, file, get, site):
    site.cut_after = 400_000
    assert get(file, tmp_path).read_bytes() == CONTENT
    assert site.asked == ["", "bytes=400000-", "bytes=800000-"]


def test_a_truncated_download_stays_for_the_next_time(tmp_path, file, get, site):
    site.cut_after = 100_000
    message = fails(get, file, tmp_path, "stopped .* after 300,000 of 1,000,000 bytes.*; repeat the command to go on")
    assert contents(tmp_path) == {"data.bin.part": CONTENT[:300_000]}
    assert site.url in message and file.sha256 in message and message.endswith(f" and {INSTEAD}")
    site.cut_after = None
    assert get(file, tmp_path).read_bytes() == CONTENT
    assert site.asked[-1] == "bytes=300000-"


@pytest.mark.parametrize("content", [CONTENT[:-1] + b"?", b"<htm?>" + CONTENT[6:]])
def test_a_wrong_checksum_removes_the_file(tmp_path, file, get, site, content):
    site.content = content
    message = fails(get, file, tmp_path, f"is not 'data.bin' as published .sha256 {file.sha256}. and was removed")
    assert message.endswith(f"; try again, or get it elsewhere and {INSTEAD}")
    assert contents(tmp_path) == {}


def test_a_wrong_part_is_noticed_too(tmp_path, file, get):
    (tmp_path / "data.bin.part").write_bytes(b"x" * 1000)
    fails(get, file, tmp_path, "as published")
    assert contents(tmp_path) == {}
    assert get(file, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_server_error(tmp_path, file, get, site, status):
    site.status = status
    message = fails(get, file, tmp_path, f"^cannot download 'data.bin', the server answered {status}: get it from ")
    assert contents(tmp_path) == {}
    assert file.sha256 in message and message.endswith(f") and {INSTEAD}")


def test_no_connection(tmp_path, file, get):
    message = fails(get, replace(file, url="http://127.0.0.1:9/data.bin"), tmp_path, r"^cannot download 'data.bin' \(")
    for part in (
        "http://127.0.0.1:9/data.bin",
        f"sha256 {file.sha256}",
        INSTEAD,
    ):
        assert part in message


def test_a_redirect_away_from_https_is_refused(tmp_path, file, get, site):
    site.redirect = "http://example.org/data.bin"
    fails(get, file, tmp_path, "it redirects to http://example.org/data.bin, which is not https")
    site.redirect = "file:///etc/passwd"
    fails(get, file, tmp_path, "cannot download 'data.bin'")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "ftp://example.org/x", "file:///etc/passwd", ""])
def test_only_https(tmp_path, file, url):
    strict = partial(fetch, instead=INSTEAD)
    fails(strict, replace(file, url=url), tmp_path / "new", "no https address", PluginError)
    assert not (tmp_path / "new").exists()


def test_loopback_means_this_machine(tmp_path, file, get):
    fails(get, replace(file, url="http://127.0.0.1.example.org/x"), tmp_path, "no https address", PluginError)


@pytest.mark.parametrize(
    "digest", [{}, {"md5": "0" * 32, "size": 0}, {"sha256": "a" * 7}, {"sha256": "a" * 7, "md5": "0" * 32, "size": 9}]
)
def test_without_a_digest_nothing_is_fetched(tmp_path, file, get, digest):
    fails(get, replace(file, **{"sha256": "", **digest}), tmp_path, "with a sha256 of at least 8 digits", PluginError)


def test_what_has_changed_since_it_came_gives_way(tmp_path, file, get, site):
    get(file, tmp_path).write_bytes(b"y" * len(CONTENT))
    assert get(file, tmp_path).read_bytes() == CONTENT
    assert len(site.asked) == 2


def test_the_cache_keeps_downloads_and_knows_damaged_ones(tmp_path, file, get, said):
    cache = Cache(tmp_path)
    assert kept(file, "mine", cache) is None
    path = get(file, tmp_path / "downloads" / "mine")
    assert kept(file, "mine", cache) == path and kept(file, "yours", cache) is None
    assert kept(replace(file, sha256=file.sha256[:8], size=0), "mine", cache) == path
    path.write_bytes(CONTENT[:-1] + b"?")
    assert kept(file, "mine", cache) is None


@pytest.mark.parametrize("name", ["../x", "a/b", "", "..", "/etc/x"])
def test_a_files_name_is_no_path(tmp_path, file, get, name):
    fails(get, replace(file, name=name), tmp_path / "new", "is not the plain name of a file", PluginError)
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_cannot_be_written(tmp_path, file, get):
    (tmp_path / "file").write_text("in the way")
    fails(get, file, tmp_path / "file" / "folder", "^cannot write 'data.bin' into ")


def test_a_full_disk_is_known_before(tmp_path, file, get, monkeypatch, site):
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 999_999})())
    fails(get, file, tmp_path, "'data.bin' takes 1,000,000 bytes, and .* has 999,999 free")
    assert site.asked == []
    (tmp_path / "data.bin.part").write_bytes(CONTENT[:10])
    get(file, tmp_path)


def test_two_at_once_share_one_download(tmp_path, file, get, site):
    # The server holds the first request until a second one comes, which it must not.
    site.meeting = threading.Barrier(2)
    threads = [threading.Thread(target=get, args=(file, tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert contents(tmp_path) == {"data.bin": CONTENT}
    assert len(site.asked) == 1


def test_on_a_terminal_there_is_a_bar(tmp_path, file, get, monkeypatch, capsys):
    monkeypatch.setattr(download.sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    get(file, tmp_path)
    printed = capsys.readouterr()
    assert "data.bin" in printed.err and printed.out == ""
