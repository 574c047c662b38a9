"""Sets written anew: read again they have the pixels, labels, names and order of their source, and tell of it."""

import json
import zipfile

import numpy as np
import pytest
from click.testing import CliRunner
from image_files import Entry, Registry, encoded, fill, make_zip, picture, png
from PIL import Image

from ganzoo import data
from ganzoo.cli import cli
from ganzoo.data import Fitting
from ganzoo.data.image_sets.record import RECORD, folders_of
from ganzoo.data.prepare import prepare
from ganzoo.errors import DataError
from ganzoo.interfaces.data import Dataset, Images
from ganzoo.storage.cache import Cache

TARGETS = ["set.zip", "set.npz", "set"]
CLASSES = ("a/b", "test", "train", ".hidden", "Cat", "cat")


class Named(Dataset):
    """Names of classes that no folder could have, or that mean something else; one of them has no image."""

    def read(self, paths):
        pixels = np.random.default_rng(0).integers(0, 256, (7, 1, 8, 8), dtype=np.uint8)
        return Images(pixels, np.array([5, 2, 0, 1, 3, 4, 0]), CLASSES)


class Lone(Dataset):
    def read(self, paths):
        return Images(np.zeros((2, 3, 8, 8), np.uint8), np.array([0, 0]), ("only",))


class Points(Dataset):
    def read(self, paths):
        return Images(np.zeros((3, 2, 1, 1), np.float32))


class TwoChannels(Dataset):
    def read(self, paths):
        return Images(np.arange(2 * 2 * 64, dtype=np.uint8).reshape(2, 2, 8, 8))


REGISTRY = Registry(
    Entry("named", Named), Entry("lone", Lone), Entry("points", Points), Entry("two-channels", TwoChannels)
)


@pytest.fixture
def cache(tmp_path, said):
    return Cache(tmp_path / "cache")


@pytest.fixture
def written(tmp_path, cache):
    def run(name, target, **options):
        return prepare(REGISTRY, str(name), tmp_path / target, cache=cache, **options)

    return run


@pytest.fixture
def resolve(cache):
    return lambda name, **options: data.resolve(REGISTRY, str(name), cache=cache, **options)


def mixed():
    turned = Image.Exif()
    turned[274] = 6
    return {
        "cat/b.png": png(0, 30, height=20),
        "cat/a.jpg": encoded(picture(4, 40, height=30), "JPEG", exif=turned),
        "dog/a.png": png(1, 9, "L", 9),
        "dog/b.png": png(2, 12, "RGBA", 40),
        "dog/c.png": b"<html>",
    }


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("crop", ["center", "random", "none"])
def test_what_is_written_is_what_the_source_resolves_to(tmp_path, written, resolve, target, crop):
    source = fill(tmp_path / "pets", mixed())
    fitting = Fitting((16, 8), crop, grey_to_rgb=True, seed=3)
    made = written(source, target, fitting=fitting, skip_bad=True)
    direct, again = resolve(source, fitting=fitting, skip_bad=True), resolve(tmp_path / target)
    assert again.hash == direct.hash and again.classes == ("cat", "dog") and again.counts == made.counts == (2, 2)
    assert made.told == "4 images of 16x8x3 in 2 classes of 2 each (cat, dog)"
    assert made.skipped == ("'dog/c.png' is no image",) and made.record.skipped == 1
    (note,) = [note for note in again.notes if note.startswith("prepared from")]
    assert str(source)[-20:] in note and fitting.told in note and made.record.content[:12] in note


def test_what_was_done_to_images_is_told_as_of_the_source(tmp_path, written, resolve):
    frames = encoded(picture(7), "GIF", save_all=True, append_images=[picture(8)])
    source = fill(tmp_path / "pets", mixed() | {"dog/d.gif": frames})
    fitting = Fitting((8, 8), grey_to_rgb=True)
    made = written(source, "set.zip", fitting=fitting, skip_bad=True)
    assert [fitting.told, *made.record.notes] == list(resolve(source, fitting=fitting, skip_bad=True).notes)
    assert made.record.notes == (
        "1 image is turned as the EXIF data in it say",
        "1 file has several pages or frames, of which the first is taken",
    )


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["named", "lone"])
def test_labels_names_and_order_stay_whatever_they_are(tmp_path, written, resolve, target, name):
    written(name, target)
    direct, again = resolve(name), resolve(tmp_path / target)
    assert (again.classes, again.counts, again.hash) == (direct.classes, direct.counts, direct.hash)


def test_a_class_without_an_image_is_left_out_as_in_the_source(tmp_path, written, resolve):
    source = fill(tmp_path / "pets", {"cat/a.png": png(0), "dog/a.png": b"", "eel/a.png": png(1)})
    written(source, "set.zip", skip_bad=True)
    assert resolve(tmp_path / "set.zip").hash == resolve(source, skip_bad=True).hash
    assert resolve(tmp_path / "set.zip").classes == ("cat", "eel")


def test_labels_of_a_table_stay(tmp_path, written, resolve):
    table = {"labels": [["x/1.png", 4], ["x/0.png", 2], ["y/0.png", 4]]}
    files = {"x/0.png": png(0), "x/1.png": png(1), "y/0.png": png(2), "dataset.json": json.dumps(table).encode()}
    source = make_zip(tmp_path / "stylegan.zip", files)
    written(source, "set.zip")
    direct, again = resolve(source), resolve(tmp_path / "set.zip")
    assert again.hash == direct.hash and again.classes == ("2", "4")


@pytest.mark.parametrize("target", ["set.zip", "set.npz"])
def test_the_same_source_and_options_give_the_same_file(tmp_path, written, target):
    source = fill(tmp_path / "pets", mixed())
    for folder in ("one", "two"):
        written(source, f"{folder}/{target}", fitting=Fitting((8, 8), "random", grey_to_rgb=True), skip_bad=True)
    assert (tmp_path / "one" / target).read_bytes() == (tmp_path / "two" / target).read_bytes()


def test_a_zip_is_of_plain_files_in_folders_of_classes(tmp_path, written):
    written(fill(tmp_path / "pets", {"cat/a.png": png(0), "dog/a.png": png(1)}), "set.zip")
    with zipfile.ZipFile(tmp_path / "set.zip") as archive:
        assert archive.namelist() == ["cat/00000000.png", "dog/00000001.png", RECORD]
        assert Image.open(archive.open("cat/00000000.png")).tobytes() == picture(0).tobytes()
        record = json.loads(archive.read(RECORD))
    assert record["schema"] == 1 and record["n"] == 2 and record["classes"] == record["folders"] == ["cat", "dog"]
    assert record["fitting"] is None and record["notes"] == []


def test_an_image_at_a_time_is_held(tmp_path, written, monkeypatch):
    """An array of all images is never made of a source of files."""
    monkeypatch.setattr("ganzoo.data.image_sets.arranged.decode_all", pytest.fail)
    monkeypatch.setattr("ganzoo.data.packed.store", pytest.fail)
    assert written(fill(tmp_path / "pets", mixed()), "s.npz", fitting=Fitting((8, 8)), skip_bad=True).record.n == 3


def test_what_was_changed_in_it_afterwards_is_told(tmp_path, written, resolve):
    written(fill(tmp_path / "pets", {"cat/a.png": png(0), "cat/b.png": png(1), "dog/a.png": png(2)}), "set")
    (tmp_path / "set" / "cat" / "00000001.png").unlink()
    assert "3 images were written, and 2 are here" in resolve(tmp_path / "set").notes[0]
    fill(tmp_path / "set", {"eel/x.png": png(3)})
    with pytest.raises(DataError, match=r"'eel/x.png' lies in no folder that 'prepared.json' names; move it into one"):
        resolve(tmp_path / "set")


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"schema": 2}', b'{"schema": 1, "n": 1}', b"\xff"])
def test_a_damaged_record_is_one_sentence(tmp_path, resolve, text):
    path = make_zip(tmp_path / "set.zip", {"a.png": png(), RECORD: text})
    with pytest.raises(DataError, match=r"'prepared.json' is no record of a prepared set; take it out"):
        resolve(path)


@pytest.mark.parametrize(
    ("name", "target", "message"),
    [
        ("named", "set.tar.gz", r"is of a kind that is read and not written; write to a name that ends in .zip or"),
        ("points", "set.zip", "is of points, and images alone are written"),
        ("two-channels", "set.zip", "images of 2 channels go into no PNG; write to a name that ends in .npz"),
    ],
)
def test_what_cannot_be_written(tmp_path, written, name, target, message):
    with pytest.raises(DataError, match=message):
        written(name, target)
    assert [path.name for path in tmp_path.iterdir() if path.name != "cache"] == []


def test_an_npz_takes_any_channels(tmp_path, written, resolve):
    written("two-channels", "set.npz")
    assert resolve(tmp_path / "set.npz").hash == resolve("two-channels").hash


@pytest.mark.parametrize("target", TARGETS)
def test_a_refused_source_leaves_nothing(tmp_path, written, target):
    source = fill(tmp_path / "pets", mixed())
    with pytest.raises(DataError, match=r"`--size 20 --crop center --grey-to-rgb --skip-bad`"):
        written(source, target)
    with pytest.raises(DataError, match="is no image; --skip-bad leaves such images out"):
        written(source, target, fitting=Fitting((8, 8), grey_to_rgb=True))
    assert {path.name for path in tmp_path.iterdir()} <= {"pets", "cache"}


def test_what_is_there_is_not_replaced(tmp_path, written):
    (tmp_path / "set.zip").write_text("mine")
    with pytest.raises(DataError, match=r"there is already .*set.zip'; remove it, or write to another name"):
        written("named", "set.zip")
    assert (tmp_path / "set.zip").read_text() == "mine"


def test_a_folder_of_images_does_not_go_among_those_that_are_read(tmp_path, written, resolve):
    source = fill(tmp_path / "pets", {"a.png": png(0), "b.png": png(1)})
    before = resolve(source).hash
    with pytest.raises(DataError, match=r"pets/small' would lie among the images that are read"):
        written(source, "pets/small")
    written(source, "pets/small.zip")
    assert [path.name for path in source.iterdir() if path.is_dir()] == [] and resolve(source).hash == before


def test_folders_of_classes():
    assert folders_of(CLASSES) == ("class-00000", "test", "train", "class-00003", "class-00004", "class-00005")
    assert folders_of(("class-00001", "x" * 200, "ok ", "Ok")) == ("class-00000", "class-00001", "class-00002", "Ok")


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    source = fill(tmp_path / "pets", mixed())
    words = ["data", "prepare", str(source), str(tmp_path / "pets-8.zip"), "--size", "8", "--grey-to-rgb"]
    refused = CliRunner().invoke(cli, ["--no-plugins", *words])
    assert refused.exit_code == 2 and "--skip-bad leaves such images out" in refused.output
    done = CliRunner().invoke(cli, ["--no-plugins", *words, "--skip-bad"])
    assert done.exit_code == 0, done.output
    assert "pets-8.zip: 4 images of 8x8x3 in 2 classes of 2 each (cat, dog)\n" in done.stdout
    assert "next: ganzoo bench dcgan wgan-gp --data" in done.stdout
    assert "1 left out as bad, the first: 'dog/c.png' is no image" in done.stderr
    again = CliRunner().invoke(cli, ["--no-plugins", *words, "--skip-bad"])
    assert again.exit_code == 2 and "there is already" in again.output
