"""The meaning of a path, from end to end: the images, their classes, and the words on both."""

import hashlib
import json

import numpy as np
import pytest
from image_files import Entry, Registry, deny, encoded, fill, make_tar, make_zip, picture, png
from PIL import Image

from ganzoo import data
from ganzoo.data.image_sets import folder as folder_module
from ganzoo.errors import DataError
from ganzoo.interfaces.data import Dataset, Images
from ganzoo.storage.cache import Cache

SPLITS = {"train/cat/0.png": png(0), "train/dog/0.png": png(1), "test/cat/0.png": png(2), "test/cat/1.png": png(3)}


@pytest.fixture
def resolve(tmp_path, said, monkeypatch):
    monkeypatch.setattr(folder_module, "_TICK_NS", 0)
    cache = Cache(tmp_path / "cache")

    def run(path, *entries, **options):
        return data.resolve(Registry(*entries), str(path), cache=cache, **options)

    return run


def labels_of(images):
    return data.load_images(images)[1].tolist()


def test_a_set_that_is_read_as_before_has_the_hash_that_it_had(tmp_path, resolve):
    """``DataSet.hash`` taken by hand: old benches go on by it."""
    images = resolve(fill(tmp_path / "set", SPLITS))
    pixels = np.stack([np.asarray(picture(index)).transpose(2, 0, 1) for index in (0, 1)])
    head = b'{"images": [2, 3, 8, 8], "labels": true, "classes": ["cat", "dog"]}\n'
    assert images.hash == hashlib.sha256(head + pixels.tobytes() + np.array([0, 1], "<i8").tobytes()).hexdigest()


def test_a_turned_picture_is_another_set(tmp_path, resolve):
    exif = Image.Exif()
    exif[0x0112] = 6
    plain = resolve(fill(tmp_path / "plain", {"0.png": png(0)}))
    turned = resolve(fill(tmp_path / "turned", {"0.png": encoded(picture(0), exif=exif)}))
    assert plain.hash != turned.hash
    assert turned.notes == ("1 image is turned as the EXIF data in it say",)


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_a_folder_of_an_archive_can_be_named(tmp_path, resolve, make):
    path = make(tmp_path / ("set.zip" if make is make_zip else "set.tar"), SPLITS)
    test = resolve(f"{path}/test")
    assert (test.n, test.name, test.source) == (2, "set-test", f"{path}/test")
    train = resolve(f"{path}/train")
    assert train.hash == resolve(path).hash and train.classes == ("cat", "dog")
    assert train.hash != test.hash


def test_a_folder_that_an_archive_lacks(tmp_path, resolve):
    path = make_zip(tmp_path / "set.zip", SPLITS)
    with pytest.raises(
        DataError, match=r"^'set\.zip' holds no images in 'val', but has test, train; name another part with --data$"
    ):
        resolve(f"{path}/val")
    with pytest.raises(DataError, match="there is no file or folder"):
        resolve(tmp_path / "other.zip" / "train")


def test_a_folder_of_a_folder_is_a_path(tmp_path, resolve):
    assert resolve(fill(tmp_path / "set", SPLITS) / "test").n == 2


def test_what_was_read_is_counted(tmp_path, resolve):
    images = resolve(
        fill(tmp_path / "set", SPLITS | {"train/dog/1.png": png(5), "train/a.heic": b"", "notes.txt": b""})
    )
    assert images.counts == (1, 2)
    assert images.told == "3 images of 8x8x3 in 2 classes (cat: 1, dog: 2)"
    assert images.left_out == (
        "2 images in test/ (only train/ is used)",
        "1 picture of kinds that are not read (.heic 1)",
        "1 other file (.txt 1)",
    )


def test_it_is_told_each_time_and_after_a_change(tmp_path, resolve, said):
    folder = fill(tmp_path / "set", {"0.png": png()})
    resolve(folder)
    assert said == []
    (folder / "1.heic").write_bytes(b"")
    line = f"{folder}: left out: 1 picture of kinds that are not read (.heic 1)"
    for _ in range(2):
        resolve(folder)
    assert said == [line] * 2


def test_nothing_but_pictures_that_are_not_read(tmp_path, resolve):
    folder = fill(tmp_path / "set", {"0.heic": b"", "1.heic": b""})
    with pytest.raises(
        DataError, match=r"holds no images .*, only 2 pictures of .* not read \(\.heic 2\); name a folder"
    ):
        resolve(folder)


def test_what_cannot_be_reached_is_named_or_left_out(tmp_path, resolve, monkeypatch):
    folder = fill(tmp_path / "set", {"cat/0.png": png(0), "dog/0.png": png(1), "eel/0.png": png(2)})
    (folder / "dog" / "1.png").symlink_to("nowhere")
    deny(monkeypatch, "eel")
    with pytest.raises(DataError, match=r"^'set': 'eel/' cannot be read \(Permission denied\); --skip-bad leaves"):
        resolve(folder)
    images = resolve(folder, skip_bad=True)
    assert images.skipped == ("'eel/' cannot be read (Permission denied)", "'dog/1.png' is a link to nothing")
    assert images.classes == ("cat", "dog") and labels_of(images) == [0, 1]


def test_the_folder_itself_cannot_be_left_out(tmp_path, resolve, monkeypatch):
    folder = fill(tmp_path / "set", {"0.png": png(0)})
    deny(monkeypatch, "set")
    with pytest.raises(DataError, match=r"set' cannot be read \(Permission denied\); mend its permissions"):
        resolve(folder, skip_bad=True)


def test_a_class_whose_images_are_all_bad_is_left_out(tmp_path, resolve):
    images = resolve(fill(tmp_path / "set", {"a/0.png": b"", "b/0.png": png(0), "c/0.png": png(1)}), skip_bad=True)
    assert images.classes == ("b", "c") and labels_of(images) == [0, 1]
    assert images.notes == ("1 class without an image left out (a)",)


def test_a_zip_of_windows_is_read_as_the_same_with_slashes(tmp_path, resolve):
    names = ("cat/0.png", "cat/1.png", "dog/0.png")
    files = {name: png(index) for index, name in enumerate(names)}
    windows = make_zip(tmp_path / "w.zip", {name.replace("/", "\\"): image for name, image in files.items()})
    assert resolve(windows).hash == resolve(make_zip(tmp_path / "s.zip", files)).hash
    assert resolve(windows).notes == ("the backslashes in names stand between folders",)


def test_a_held_out_share_keeps_what_was_said(tmp_path, resolve):
    files = {f"train/{name}/{index}.png": png(index) for name in ("cat", "dog") for index in range(10)}
    images = resolve(fill(tmp_path / "set", files | {"test/0.png": png()}), hold_out=0.2)
    assert images.left_out == ("1 image in test/ (only train/ is used)",)
    assert images.counts == (8, 8) and images.held_out.counts == (2, 2)


class Named(Dataset):
    def read(self, paths):
        return Images(np.zeros((3, 1, 4, 4), np.uint8), np.array([0, 2, 2]), ("a", "b", "c"))


def test_a_named_dataset_keeps_its_classes_and_its_record_the_form_that_older_versions_read(tmp_path, resolve):
    files = fill(tmp_path / "files", {"x.bin": b""})

    class Filed(Named):
        from ganzoo.interfaces.data import File

        files = (File("x.bin"),)

    images = resolve("tiny", Entry("tiny", Filed), data_dir=files)
    assert images.classes == ("a", "b", "c") and images.counts == (1, 0, 2)
    (record,) = (tmp_path / "cache" / "sources").glob("*/source.json")
    known = "hash n channels height width classes skipped note points"  # what 0.1 gives to its DataSet, and note
    assert set(json.loads(record.read_text())) == set(known.split())


def test_older_files_say_nothing_of_it(tmp_path, resolve):
    images = resolve(fill(tmp_path / "set", SPLITS))
    older = {key: value for key, value in images.to_json().items() if key not in ("counts", "notes", "left_out")}
    found = data.DataSet.from_json(older)
    assert (found.counts, found.notes, found.left_out) == ((), (), ())
    assert found.told == "2 images of 8x8x3 in 2 classes"
