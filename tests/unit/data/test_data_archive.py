import io
import tarfile
import zipfile

import numpy as np
import pytest
from image_files import Registry, encoded, fill, make_tar, make_zip, png
from PIL import Image

from ganzoo import data
from ganzoo.data.image_sets import archive as archive_module
from ganzoo.data.image_sets import folder as folder_module
from ganzoo.data.image_sets.archive import open_archive
from ganzoo.data.pictures import room
from ganzoo.data.pictures.picture import BadImageError
from ganzoo.errors import DataError
from ganzoo.storage.cache import Cache

FILES = {"cat/0.png": png(0), "cat/1.png": png(1), "dog/0.png": png(2), "README.txt": b"hello"}
MODES = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.xz": "w:xz", ".txz": "w:xz"}


def make(path, files=FILES):
    return make_zip(path, files) if path.name.endswith(".zip") else make_tar(path, files, MODES[suffix(path)])


def suffix(path):
    return path.name[path.name.index(".") :]


def names_in(path):
    with open_archive(path) as listing:
        return {member.name: member.read() for member in listing.members}


def refuses(path, message):
    with pytest.raises(DataError, match=message) as error:
        names_in(path)
    assert "\n" not in str(error.value)


def link(name, kind, target="/etc/passwd"):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize("ending", [*MODES, ".zip"])
def test_images_come_out_as_they_went_in(tmp_path, ending):
    path = make(tmp_path / f"set{ending}")
    assert names_in(path) == {name: data for name, data in FILES.items() if name.endswith("png")}
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("ending", [*MODES, ".zip"])
def test_what_desktops_leave_behind_is_no_image(tmp_path, ending):
    extra = {"__MACOSX/cat/._0.png": b"x", ".thumbnails/0.png": b"x", "cat/.hidden.png": b"x"}
    assert len(names_in(make(tmp_path / f"set{ending}", FILES | extra))) == 3


@pytest.mark.parametrize("ending", [*MODES, ".zip"])
def test_every_truncation_is_noticed(tmp_path, ending):
    whole = make(tmp_path / f"set{ending}").read_bytes()
    expected = names_in(tmp_path / f"set{ending}")
    path = tmp_path / f"cut{ending}"
    for length in [*range(0, len(whole), max(1, len(whole) // 60)), len(whole) - 1]:
        path.write_bytes(whole[:length])
        try:
            assert names_in(path) == expected
        except (DataError, BadImageError):
            continue
        # A tar's four members take two blocks each; of the blocks of zeros after them, the first is enough.
        assert ending == ".tar" and length >= 4 * 1024 + 512


@pytest.mark.parametrize("ending", [*MODES, ".zip"])
def test_damage_raises_nothing_else(tmp_path, ending):
    whole = make(tmp_path / f"set{ending}").read_bytes()
    rng = np.random.default_rng(0)
    path = tmp_path / f"bad{ending}"
    for _ in range(80):
        broken = bytearray(whole)
        for position in rng.integers(0, len(whole), 4):
            broken[position] = rng.integers(0, 256)
        path.write_bytes(broken)
        try:
            names_in(path)
        except (DataError, BadImageError) as error:
            assert str(error).isprintable()


def test_a_garbled_header_is_not_the_end(tmp_path):
    path = make_tar(tmp_path / "set.tar", FILES)
    broken = bytearray(path.read_bytes())
    broken[1024 + 100] ^= 0xFF
    path.write_bytes(broken)
    refuses(path, "damaged")


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz", ".tar.xz"])
def test_another_file_under_that_name(tmp_path, ending):
    path = tmp_path / f"set{ending}"
    path.write_bytes(b"<html>not found</html>" * 100)
    refuses(path, f"^'set{ending}' is damaged or no ")


@pytest.mark.parametrize(
    "name", ["../x.png", "a/../../x.png", "/x.png", "..\\x.png", "C:\\x.png", "C:x.png", "\\\\server\\x.png"]
)
@pytest.mark.parametrize("ending", [".zip", ".tar"])
def test_paths_that_escape(tmp_path, ending, name):
    inside = tmp_path / "inside"
    inside.mkdir()
    path = make(inside / f"set{ending}", {"cat/0.png": png(), name: png()})
    refuses(path, "leads out of the archive")
    assert [*tmp_path.iterdir()] == [inside] and [*inside.iterdir()] == [path]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar(tmp_path, kind):
    path = make_tar(tmp_path / "set.tar", {"a.png": png()}, extra=(link("cat.png", kind),))
    refuses(path, "^'set.tar': 'cat.png' is a link, a device")


def test_links_in_a_zip(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("cat.png")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    refuses(path, "^'set.zip': 'cat.png' is a link or a device")


@pytest.mark.parametrize("ending", [".zip", ".tar"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice(tmp_path, ending):
    path = tmp_path / f"set{ending}"
    if ending == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.png", png(0))
            archive.writestr("a.png", png(1))
    else:
        with tarfile.open(path, "w") as archive:
            for seed in range(2):
                info = tarfile.TarInfo("a.png")
                info.size = len(png(seed))
                archive.addfile(info, io.BytesIO(png(seed)))
    refuses(path, "'a.png' is in it twice")


@pytest.mark.parametrize("ending", [".zip", ".tar.gz", ".tar.xz"])
def test_a_bomb_of_one_large_member(tmp_path, ending, monkeypatch):
    monkeypatch.setattr(archive_module, "LARGEST_FILE", 2**20)
    path = make(tmp_path / f"set{ending}", {"a.png": bytes(2**20 + 1)})
    assert path.stat().st_size < 20_000
    with open_archive(path) as listing:
        (member,) = listing.members
        if ending == ".zip":
            # What is read is bounded; decoding refuses the rest.
            assert len(member.read()) == 2**20 + 1
        else:
            with pytest.raises(BadImageError, match="is larger than 1 MiB"):
                member.read()


@pytest.mark.parametrize("ending", [".zip", ".tar.gz", ".tar.xz"])
def test_a_bomb_of_many_members(tmp_path, ending, monkeypatch):
    monkeypatch.setattr(archive_module, "MOST_UNPACKED", 2**20)
    path = make(tmp_path / f"set{ending}", {f"{index}.png": bytes(2**18) for index in range(40)})
    assert path.stat().st_size < 100_000
    refuses(path, "unpacks to far more than images would")


def test_a_bomb_that_is_no_image_is_not_unpacked_either(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_module, "MOST_UNPACKED", 2**20)
    refuses(make(tmp_path / "set.tar.gz", {"a.bin": bytes(2**25)}), "unpacks to far more")


def test_a_zip_that_lies_about_sizes(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_module, "MOST_UNPACKED", 2**19)
    path = make_zip(tmp_path / "set.zip", {f"{index}.png": bytes(2**20) for index in range(3)})
    lying = path.read_bytes().replace((2**20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(lying)
    with pytest.raises((DataError, BadImageError)):
        names_in(path)


@pytest.mark.parametrize("ending", [".zip", ".tar"])
def test_too_many_members(tmp_path, ending, monkeypatch):
    monkeypatch.setattr(archive_module, "MOST_MEMBERS", 20)
    path = make(tmp_path / f"set{ending}", {f"{index}.txt": b"" for index in range(21)})
    refuses(path, "has more than 20 members")


def test_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "MOST_FILES", 20)
    fill(tmp_path, {f"{index}.txt": b"" for index in range(21)})
    with pytest.raises(DataError, match="holds more than 20 files"):
        folder_module.list_folder(tmp_path)


def test_an_encrypted_zip(tmp_path):
    path = make_zip(tmp_path / "set.zip", {"a.png": png()})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    raw[raw.index(b"PK\x03\x04") + 6] |= 1
    path.write_bytes(raw)
    with open_archive(path) as listing, pytest.raises(BadImageError, match="is encrypted"):
        listing.members[0].read()


def test_a_sparse_file_in_a_tar(tmp_path):
    info = tarfile.TarInfo("a.png")
    info.type = tarfile.GNUTYPE_SPARSE
    refuses(make_tar(tmp_path / "set.tar", {}, extra=(info,)), "sparse")


def test_control_characters_in_names_are_escaped(tmp_path):
    path = make_tar(tmp_path / "set.tar", {"\x1b[31m\n[bold]<script>.png": b""})
    cache = Cache(tmp_path / "cache")
    with pytest.raises(DataError) as error:
        data.resolve(Registry(), str(path), cache=cache)
    assert str(error.value).isprintable() and r"\x1b[31m\n[bold]" in str(error.value)


@pytest.mark.parametrize("ending", [".zip", ".tar.gz", ""])
def test_images_of_one_colour_in_a_folder_or_packed_are_a_bomb(tmp_path, ending, monkeypatch):
    """A zip packs alike PNGs of one colour a hundred times over; what counts is the archive's own size."""
    blank = encoded(Image.new("RGB", (512, 512)))
    files = {f"{index}.png": blank for index in range(20)}
    path = make(tmp_path / f"set{ending}", files) if ending else fill(tmp_path / "set", files)
    monkeypatch.setattr(room, "HARMLESS", 2**20)
    with pytest.raises(DataError, match=r"^'set.*' unpacks to far more than images would: [\d,]+ bytes to 0.01 GiB"):
        data.resolve(Registry(), str(path), cache=Cache(tmp_path / "cache"))
