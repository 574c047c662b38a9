import pytest
from image_files import deny, fill, make_tar, make_zip, png

from ganzoo.data.image_sets.archive import open_archive
from ganzoo.data.image_sets.folder import list_folder
from ganzoo.data.image_sets.listing import Listing
from ganzoo.data.pictures.endings import ending, read_endings, system_part
from ganzoo.errors import DataError


def listed(*names):
    listing = Listing()
    for name in names:
        if listing.wanted(name):
            listing.add(name, lambda: b"")
    return listing


def names_of(listing):
    return [member.name for member in listing.members]


@pytest.mark.parametrize("end", [".jfif", ".JPE", ".jpeg", ".Png", ".tif", ".webp"])
def test_endings_of_images(end):
    assert names_of(listed(f"cat/0{end}")) == [f"cat/0{end}"]


def test_avif_and_jpeg_2000_are_read_where_pillow_can():
    from PIL import Image

    Image.init()
    assert (".jp2" in read_endings()) == (".jp2" in Image.registered_extensions())
    assert names_of(listed("a.avif")) == ["a.avif"] * (".avif" in read_endings())


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.PNG", ".png"), ("a", ""), ("a.", ""), (".png", ""), ("b.c/a", ""), ("a.tar.gz", ".gz"), ("cat/.png", "")],
)
def test_an_ending(name, expected):
    assert ending(name) == expected


# Made by macOS, Synology, QNAP, Windows, Linux and Jupyter.
@pytest.mark.parametrize(
    "part",
    [
        *("__MACOSX", "@eaDir", ".@__thumb", "#recycle", "@Recycle", "$RECYCLE.BIN", "System Volume Information"),
        *("lost+found", ".ipynb_checkpoints", ".Trash-1000", ".thumbnails"),
    ],
)
def test_what_systems_keep_is_left_out(part):
    listing = listed("cat/0.png", f"cat/{part}/0.png", f"cat/{part}/1.png/x.jpg", f"{part}/0.png")
    assert names_of(listing) == ["cat/0.png"]
    assert listing.systems == {part: 2}
    assert system_part(f"cat/{part}/0.png") == f"cat/{part}"


def test_what_is_not_read_is_counted_by_its_ending():
    listing = listed("a.png", "b.heic", "c.HEIC", "d.svg", "e.txt", "f", "Thumbs.db", ".DS_Store", "cat/.DS_Store")
    assert listing.left_out() == [
        "3 pictures of kinds that are not read (.heic 2, .svg 1)",
        "2 other files (without an ending 1, .txt 1)",
        "3 hidden or system entries (.DS_Store 2, Thumbs.db 1)",
    ]


def test_many_endings_are_told_shortly():
    (told,) = listed(*(f"a.x{index}" for index in range(30))).left_out()
    assert told == "30 other files (.x0 1, .x1 1, .x10 1, .x11 1, .x12 1 and 25 more)"


def test_a_folder_and_archives_of_it_are_counted_alike(tmp_path):
    files = {"cat/0.png": png(), "cat/0.heic": b"", "notes": b"", "@eaDir/0.png/thumb.jpg": b"", ".DS_Store": b""}
    folder, _ = list_folder(fill(tmp_path / "set", files))
    expected = (["cat/0.png"], {".heic": 1, "": 1}, {"@eaDir": 1, ".DS_Store": 1})
    assert (names_of(folder), folder.others, folder.systems) == expected
    for path in (make_zip(tmp_path / "set.zip", files), make_tar(tmp_path / "set.tar", files)):
        with open_archive(path) as listing:
            assert (names_of(listing), listing.others, listing.systems) == expected


def test_backslashes_of_a_zip_made_on_windows_are_folders():
    listing = listed("cat\\", "cat\\0.png", "cat\\deep\\1.png", "dog\\0.png", "__MACOSX\\0.png", "dog\\.x.png")
    found = listing.slashed()
    assert names_of(found) == ["cat/0.png", "cat/deep/1.png", "dog/0.png"]
    assert found.notes == ["the backslashes in names stand between folders"]
    assert found.left_out() == ["2 hidden or system entries (.x.png 1, __MACOSX 1)"]


def test_backslashes_beside_slashes_are_part_of_a_name():
    listing = listed("cat/0.png", "dog\\0.png")
    assert listing.slashed() is listing


@pytest.mark.parametrize("separator", ["/", "\\"])
def test_one_folder_of_an_archive(tmp_path, separator):
    files = (
        "a/train/0.png",
        "a/train/0.heic",
        "a/test/1.png",
        "a/test/x/2.png",
        "a/test/n.txt",
        "a/test/.x.png",
        "b/3.png",
    )
    path = make_zip(tmp_path / "s.zip", {name.replace("/", separator): png() for name in files})
    with open_archive(path, "a/test") as listing:
        found = listing.slashed()
        assert names_of(found) == ["1.png", "x/2.png"]
        assert found.left_out() == ["1 other file (.txt 1)", "1 hidden or system entry (.x.png 1)"]
    with (
        open_archive(path, "tes") as listing,
        pytest.raises(DataError, match=r"^'s' .* in 'tes', but has a, b; name another part with --data$"),
    ):
        listing.require_images("'s'")


def test_a_link_to_nothing_is_an_image_that_cannot_be_read(tmp_path):
    folder = fill(tmp_path / "set", {"0.png": png()})
    (folder / "1.png").symlink_to("nowhere")
    (folder / "2.png").symlink_to("2.png")
    (folder / "note.txt").symlink_to("nowhere")
    listing, _ = list_folder(folder)
    assert names_of(listing) == ["0.png", "1.png", "2.png"] and listing.broken == []
    assert listing.others == {".txt": 1}


def test_a_link_to_nothing_without_an_ending_may_have_been_a_class(tmp_path):
    folder = fill(tmp_path / "set", {"cat/0.png": png()})
    (folder / "dog").symlink_to("/not/mounted")
    listing, _ = list_folder(folder)
    assert listing.broken == ["'dog' is a link to nothing"]


def test_folders_that_cannot_be_entered_are_broken(tmp_path, monkeypatch):
    folder = fill(tmp_path / "set", {"cat/0.png": png(), "dog/0.png": png()})
    deny(monkeypatch, "dog")
    listing, _ = list_folder(folder)
    assert names_of(listing) == ["cat/0.png"]
    assert listing.broken == ["'dog/' cannot be read (Permission denied)"]


def test_the_state_of_a_folder_tells_of_all_that_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("ganzoo.data.image_sets.folder._TICK_NS", 0)
    folder = fill(tmp_path / "set", {"0.png": png()})
    states = [list_folder(folder)[1]]
    for name in ("a.heic", ".hidden", "dataset.json"):
        (folder / name).write_bytes(b"x")
        states.append(list_folder(folder)[1])
    (folder / "dataset.json").write_bytes(b"other")
    states.append(list_folder(folder)[1])
    (folder / "cat").symlink_to("nowhere")
    states.append(list_folder(folder)[1])
    assert None not in states and len(set(states)) == len(states)
