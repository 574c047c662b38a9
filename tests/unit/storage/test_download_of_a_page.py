"""Downloads that are answered with something else, as a network answers that asks for a login first."""

from dataclasses import replace

import pytest
from local_server import CONTENT

from ganzoo.errors import SetupError
from ganzoo.storage.download import fetch

PAGE = b"<!-- hotel --> <!DOCTYPE html><html><head><title>Log in</title></head><body>Room?</body></html>"


@pytest.mark.parametrize("size", [len(CONTENT), 0])
@pytest.mark.parametrize("page", [PAGE, b"\xef\xbb\xbf\n<HTML lang=de>" + b"x" * 2_000_000], ids=["short", "long"])
def test_a_page_in_place_of_the_file_is_thrown_away(tmp_path, site, file, size, page):
    """As a network answers that asks for a login first; not all publishers tell the size."""
    site.content = page
    with pytest.raises(
        SetupError, match=r"^what came from http://.* in place of 'data.bin' is a web page, .* login"
    ) as error:
        fetch(replace(file, size=size), tmp_path / "cache", instead="so", plain_loopback=True)
    assert "\n" not in str(error.value) and f"get it from {site.url}" in str(error.value)
    assert [*(tmp_path / "cache").iterdir()] == [] and len(site.asked) == 1
    site.content = CONTENT
    assert fetch(file, tmp_path / "cache", instead="so", plain_loopback=True).read_bytes() == CONTENT


def test_a_page_does_not_end_what_was_begun_before(tmp_path, site, file):
    """The connection breaks, the network answers with a page, then the site is there again."""
    site.cut_after = 100_000
    with pytest.raises(SetupError, match="stopped"):
        fetch(file, tmp_path, instead="so", plain_loopback=True)
    assert (tmp_path / "data.bin.part").stat().st_size == 300_000
    site.cut_after, site.content, site.ranges = None, PAGE, False
    with pytest.raises(SetupError, match="is a web page"):
        fetch(file, tmp_path, instead="so", plain_loopback=True)
    site.content, site.ranges = CONTENT, True
    assert fetch(file, tmp_path, instead="so", plain_loopback=True).read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["data.bin"]


def test_a_page_that_an_earlier_download_left_is_not_gone_on_from(tmp_path, site, file):
    (tmp_path / "data.bin.part").write_bytes(PAGE)
    assert fetch(file, tmp_path, instead="so", plain_loopback=True).read_bytes() == CONTENT
    assert site.asked == [""]


@pytest.mark.parametrize("content", [CONTENT[:1000], CONTENT + b"more"])
def test_an_answer_of_another_length_is_no_part_of_the_file(tmp_path, site, file, content):
    site.content = content
    with pytest.raises(
        SetupError, match=rf"is {len(content):,} bytes long, where 1,000,000 are published, and was thrown away"
    ):
        fetch(file, tmp_path, instead="so", plain_loopback=True)
    assert [*tmp_path.iterdir()] == [] and len(site.asked) == 1
