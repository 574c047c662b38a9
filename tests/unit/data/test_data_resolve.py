import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from image_files import Entry, Registry, encoded, fill, make_tar, make_zip, picture, png

from ganzoo import data
from ganzoo.data import DataSet
from ganzoo.data.image_sets import arranged
from ganzoo.data.image_sets import folder as folder_module
from ganzoo.data.pictures import room
from ganzoo.errors import DataError, PluginError, UnknownName
from ganzoo.interfaces.data import Dataset, Images
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

FILES = {"cat/0.png": png(0), "cat/1.png": png(1), "dog/0.png": png(2)}


class Tiny(Dataset):
    extractor = "tiny"

    def read(self, paths):
        pixels = np.arange(2 * 16, dtype=np.uint8).reshape(2, 1, 4, 4)
        return Images(pixels, np.array([1, 0]), ("a", "b"))


@pytest.fixture
def resolve(tmp_path, said, monkeypatch):
    # A folder made a moment ago would not be remembered yet.
    monkeypatch.setattr(folder_module, "_TICK_NS", 0)
    cache = Cache(tmp_path / "cache")
    registry = Registry(Entry("mnist", Tiny), Entry("tiny", Tiny))

    def run(name, **options):
        return data.resolve(registry, str(name), **{"cache": cache, **options})

    return run


@pytest.fixture
def decodes(monkeypatch):
    """How often anything was decoded."""
    counted = []
    original = arranged.decode_all

    def counting(*args, **options):
        counted.append(1)
        return original(*args, **options)

    monkeypatch.setattr(arranged, "decode_all", counting)
    return counted


def refused(resolve, path, message, kind=DataError, **options):
    with pytest.raises(kind, match=message) as error:
        resolve(path, **options)
    assert str(error.value).isprintable() and error.value.exit_code == 2


def test_a_folder_of_classes(tmp_path, resolve):
    images = resolve(fill(tmp_path / "My Pets", FILES))
    assert (images.name, images.n, images.channels, images.height, images.width) == ("my-pets", 3, 3, 8, 8)
    assert images.classes == ("cat", "dog") and images.extractor == "inception" and images.skipped == ()
    assert images.source == str(tmp_path / "My Pets")
    pixels, labels = data.load_images(images)
    assert pixels.dtype == torch.uint8 and pixels.shape == (3, 3, 8, 8)
    assert labels.dtype == torch.int64 and labels.tolist() == [0, 0, 1]
    assert torch.equal(pixels[2], torch.tensor(np.asarray(picture(2))).permute(2, 0, 1))


def test_a_folder_without_classes(tmp_path, resolve):
    images = resolve(fill(tmp_path / "set", {"b.png": png(1), "a.png": png(0)}))
    pixels, labels = data.load_images(images)
    assert labels is None and images.classes == ()
    assert torch.equal(pixels[0], torch.tensor(np.asarray(picture(0))).permute(2, 0, 1))


def test_the_hash_is_of_the_content_wherever_it_lies(tmp_path, resolve):
    sets = [resolve(fill(tmp_path / "folder", FILES))]
    sets.append(resolve(make_zip(tmp_path / "set.zip", FILES)))
    sets.append(resolve(make_tar(tmp_path / "set.tar.xz", dict(reversed(FILES.items())), "w:xz")))
    sets.append(
        resolve(make_tar(tmp_path / "split.tar", {f"x/train/{k}": v for k, v in FILES.items()} | {"x/test/0.png": b""}))
    )
    assert len({images.hash for images in sets}) == 1
    assert len({images.folder for images in sets}) == 1
    assert [images.name for images in sets] == ["folder", "set", "set", "split"]


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files | {"cat/0.png": png(9)},
        lambda files: {name.replace("dog", "eel"): image for name, image in files.items()},
        lambda files: {name.replace("cat/1", "dog/1"): image for name, image in files.items()},
        lambda files: {name.split("/")[1].replace("0", name[0]): image for name, image in files.items()},
        lambda files: files | {"cat/2.png": png(0)},
        lambda files: {name: encoded(picture(0, mode="L")) for name in files},
        lambda files: {name: png(0, side=4) for name in files},
    ],
)
def test_whatever_changes_changes_the_hash(tmp_path, resolve, change):
    first = resolve(fill(tmp_path / "a", FILES))
    assert resolve(fill(tmp_path / "b", change(FILES))).hash != first.hash


def test_only_train_is_used_and_said_each_time(tmp_path, resolve, said):
    files = {f"train/{name}": image for name, image in FILES.items()} | {"test/cat/0.png": b"not even looked at"}
    path = make_tar(tmp_path / "set.tar", files)
    assert resolve(path).n == 3
    line = f"{path}: left out: 1 image in test/ (only train/ is used)"
    assert said == [line]
    resolve(path)
    assert said == [line] * 2


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_decoding_happens_once(tmp_path, resolve, decodes, kind):
    path = fill(tmp_path / "set", FILES) if kind == "folder" else make_zip(tmp_path / "set.zip", FILES)
    first = resolve(path)
    assert resolve(path) == first
    assert len(decodes) == 1


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_change_is_never_missed(tmp_path, resolve, decodes, kind):
    def write(files):
        return fill(tmp_path / "set", files) if kind == "folder" else make_zip(tmp_path / "set.zip", files)

    first = resolve(write(FILES))
    path = write(FILES | {"cat/0.png": png(7)})
    assert resolve(path).hash != first.hash
    assert len(decodes) == 2


def test_a_change_that_keeps_size_and_modification_time_is_not_missed(tmp_path, resolve, decodes):
    files = {"0.bmp": encoded(picture(0), "BMP"), "1.bmp": encoded(picture(1), "BMP")}
    folder = fill(tmp_path / "set", files)
    first = resolve(folder)
    status = (folder / "0.bmp").stat()
    (folder / "0.bmp").write_bytes(encoded(picture(5), "BMP"))
    os.utime(folder / "0.bmp", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (folder / "0.bmp").stat().st_size == status.st_size
    assert resolve(folder).hash != first.hash


def test_two_files_that_swap_names_are_not_missed(tmp_path, resolve):
    folder = fill(tmp_path / "set", {"0.png": png(0), "1.png": png(1)})
    first = resolve(folder)
    (folder / "0.png").rename(folder / "x")
    (folder / "1.png").rename(folder / "0.png")
    (folder / "x").rename(folder / "1.png")
    assert resolve(folder).hash != first.hash


def test_a_folder_that_has_just_been_written_is_not_remembered(tmp_path, resolve, decodes, monkeypatch):
    folder = fill(tmp_path / "set", FILES)
    monkeypatch.setattr(folder_module, "_TICK_NS", 3600 * 10**9)
    assert resolve(folder).hash == resolve(folder).hash
    assert len(decodes) == 2


def test_damaged_cache_entries_are_made_anew(tmp_path, resolve, decodes):
    path = make_zip(tmp_path / "set.zip", FILES)
    first = resolve(path)
    file = first.folder / "images.npy"
    whole = file.read_bytes()
    for damage in (whole[:-100], b"", whole[:-1] + bytes([whole[-1] ^ 1]), None):
        if damage is None:
            file.unlink()
        else:
            file.write_bytes(damage)
        assert resolve(path) == first
        assert file.read_bytes() == whole
    assert len(decodes) == 5


def test_a_damaged_index_is_made_anew(tmp_path, resolve, decodes):
    path = make_zip(tmp_path / "set.zip", FILES)
    first = resolve(path)
    (record,) = (tmp_path / "cache" / "sources").glob("*/source.json")
    for text in ("", "[]", "{}", '{"hash": "' + "0" * 64 + '"}'):
        record.write_text(text)
        assert resolve(path) == first
    assert len(decodes) == 5
    assert resolve(path) == first
    assert len(decodes) == 5


def test_nothing_half_written_is_left(tmp_path, resolve):
    refused(resolve, fill(tmp_path / "set", FILES | {"dog/1.png": b""}), "is empty")
    assert [*(tmp_path / "cache").rglob("*")] == []


def test_loading_maps_the_memory_and_the_file_stays_as_it_is(tmp_path, resolve):
    images = resolve(fill(tmp_path / "set", FILES))
    pixels, _ = data.load_images(images)
    pixels.fill_(0)
    again, _ = data.load_images(images)
    assert again.max() > 0


def test_a_cache_that_vanished_is_one_sentence(tmp_path, resolve):
    images = resolve(fill(tmp_path / "set", FILES))
    (images.folder / "images.npy").unlink()
    with pytest.raises(DataError, match=r"decoded images of set .* gone or damaged"):
        data.load_images(images)


def test_an_image_set_survives_json(tmp_path, resolve):
    images = resolve(fill(tmp_path / "set", FILES | {"dog/2.png": b"x"}), skip_bad=True)
    assert DataSet.from_json(json.loads(json.dumps(images.to_json()))) == images
    assert images.skipped


def test_skipping_bad_images_is_recorded_and_kept_apart(tmp_path, resolve, said, decodes):
    path = make_zip(tmp_path / "set.zip", FILES | {"cat/0b.png": b"<html>", "dog/2.png": png(side=9)})
    refused(
        resolve,
        path,
        r"^'set.zip': 'cat/0b.png' is no image \(and 1 more of 5 images are bad\); `--size 8 --crop center --skip-bad`",
    )
    images = resolve(path, skip_bad=True)
    assert images.skipped == ("'cat/0b.png' is no image", "'dog/2.png' is 9x9 pixels where most are 8x8")
    assert data.load_images(images)[1].tolist() == [0, 0, 1]
    assert images.hash == resolve(fill(tmp_path / "good", FILES)).hash
    assert said == [f"{path}: 2 bad images left out, the first: 'cat/0b.png' is no image"]
    assert resolve(path, skip_bad=True) == images
    assert len(decodes) == 3
    refused(resolve, path, "is no image")


def test_a_missing_path(tmp_path, resolve):
    refused(resolve, tmp_path / "nothing", "^there is no file or folder '.*nothing'; name one, or a dataset")
    refused(resolve, "pets.zip", "^there is no file or folder 'pets.zip'; name one, or a dataset")


@pytest.mark.parametrize(
    "name", ["a\0b.zip", "/" + "x" * 5000, "~nobody-has-this-name/x.zip", "\udc80/x", "x\x1b[31m/y"]
)
def test_a_path_that_no_system_has(resolve, name):
    refused(resolve, name, "^there is no file or folder ")


def test_an_unknown_name_suggests_the_near_one_and_lists_all(resolve):
    message = (
        r"^there is no dataset and no path 'mnst' \(did you mean 'mnist'\?\); the datasets are mnist, tiny, and a path"
    )
    refused(resolve, "mnst", message, UnknownName)
    refused(resolve, "", "no dataset and no path ''; the datasets are mnist, tiny", UnknownName)
    refused(resolve, "x" * 5000, "no dataset and no path", UnknownName)
    refused(resolve, "a\0b", "no dataset and no path", UnknownName)


def test_a_dataset_of_a_failed_plugin_says_so(tmp_path, said):
    class Failed(Registry):
        def get(self, kind, name):
            raise PluginError("plugin 'x' provides it, but is left out: it is broken")

    with pytest.raises(PluginError, match="broken"):
        data.resolve(Failed(), "theirs", cache=Cache(tmp_path))


@pytest.mark.parametrize("files", [{}, {"readme.txt": b"hello"}, {"a/.hidden.png": png()}])
def test_no_images(tmp_path, resolve, files):
    (tmp_path / "set").mkdir()
    refused(resolve, fill(tmp_path / "set", files), r"^'set' holds no images \(files that end in .png")
    refused(resolve, make_zip(tmp_path / "set.zip", files), r"^'set.zip' holds no images")


def test_a_file_that_is_no_set(tmp_path, resolve):
    refused(
        resolve, fill(tmp_path, {"one.png": png()}) / "one.png", "is neither a folder of images, an .npz, nor one of"
    )


def test_special_files_and_dangling_links(tmp_path, resolve):
    folder = fill(tmp_path / "set", {"a.png": png()})
    os.mkfifo(folder / "b.png")
    refused(resolve, folder, "^'set': 'b.png' is no regular file; --skip-bad leaves such images out$")
    (folder / "b.png").unlink()
    (folder / "c.png").symlink_to("nowhere")
    refused(resolve, folder, "^'set': 'c.png' is a link to nothing; --skip-bad leaves such images out$")


def test_links_that_go_round_end(tmp_path, resolve):
    folder = fill(tmp_path / "set", {"cat/a.png": png(0), "dog/a.png": png(1)})
    (folder / "cat" / "loop").symlink_to(folder)
    assert resolve(folder).n == 2


def test_names_that_are_no_text(tmp_path, resolve):
    folder = tmp_path / "set"
    folder.mkdir()
    path = folder / os.fsdecode(b"caf\xe9.png")
    path.write_bytes(b"")
    refused(resolve, folder, r"caf\\udce9.png' is empty")
    path.write_bytes(png())
    assert resolve(folder).n == 1


def test_a_name_wins_over_a_path(tmp_path, resolve, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "tiny", FILES)
    assert resolve("tiny").extractor == "tiny"
    assert resolve("./tiny").extractor == "inception"


def test_a_path_may_hold_a_colon(tmp_path, said):
    """A colon in a name stands before a class, too."""
    registry = load_zoo(third_party=False).registry
    images = data.resolve(registry, str(fill(tmp_path / "12:30 pictures", FILES)), cache=Cache(tmp_path / "cache"))
    assert (images.name, images.n) == ("12-30-pictures", 3)


def test_a_path_does_not_take_a_datasets_name(tmp_path, resolve):
    assert resolve(fill(tmp_path / "MNIST", FILES)).name == "mnist-files"


def test_data_dir_goes_with_names_only(tmp_path, resolve):
    refused(
        resolve,
        fill(tmp_path / "set", FILES),
        r"--data-dir goes with the name of a dataset \(mnist, tiny\)",
        data_dir=tmp_path,
    )


def test_a_named_dataset(resolve):
    images = resolve("tiny")
    assert (images.name, images.n, images.channels, images.classes) == ("tiny", 2, 1, ("a", "b"))
    assert images.source == "tiny, which ships with the plugin a-plugin"
    pixels, labels = data.load_images(images)
    assert pixels.flatten().tolist() == [*range(32)] and labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    "images",
    [
        Images(np.zeros((2, 1, 4, 4), np.float32)),
        Images(np.zeros((2, 4, 4), np.uint8)),
        Images(np.zeros((0, 1, 4, 4), np.uint8)),
        Images(np.zeros((2, 1, 4, 4), np.uint8), np.array([0, 1, 1]), ("a", "b")),
        Images(np.zeros((2, 1, 4, 4), np.uint8), np.array([0, 2]), ("a", "b")),
        Images(np.zeros((2, 1, 4, 4), np.uint8), np.array([0.0, 1.0]), ("a", "b")),
    ],
)
def test_a_dataset_that_gives_something_else_is_refused(tmp_path, said, images):
    class Wrong(Dataset):
        def read(self, paths):
            return images

    registry = Registry(Entry("wrong", Wrong))
    with pytest.raises(DataError, match=r"^wrong, which ships with the plugin a-plugin: "):
        data.resolve(registry, "wrong", cache=Cache(tmp_path))


def npz(path: Path, **arrays) -> Path:
    np.savez_compressed(path, **arrays)
    return path


GREY = np.random.default_rng(0).integers(0, 256, (5, 8, 8), dtype=np.uint8)
COLOUR = np.random.default_rng(1).integers(0, 256, (5, 3, 8, 8), dtype=np.uint8)
WIDE = COLOUR[:, :, :4]


@pytest.mark.parametrize("key", ["images", "x", "arr_0"])
@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (GREY, GREY[:, None]),
        (COLOUR, COLOUR),
        (COLOUR.transpose(0, 2, 3, 1), COLOUR),
        (GREY[..., None], GREY[:, None]),
        (GREY[:, :4], GREY[:, None, :4]),
        (WIDE, WIDE),
        (WIDE.transpose(0, 2, 3, 1), WIDE),
        (WIDE.transpose(0, 3, 2, 1), WIDE.transpose(0, 1, 3, 2)),
        (GREY[:, :4, :, None], GREY[:, None, :4]),
    ],
)
def test_an_npz_of_images(tmp_path, resolve, key, array, expected):
    images = resolve(npz(tmp_path / "set.npz", **{key: array}))
    pixels, labels = data.load_images(images)
    assert np.array_equal(pixels.numpy(), expected) and labels is None


@pytest.mark.parametrize("labels", [np.array([0, 2, 1, 0, 2]), np.array([[0], [2], [1], [0], [2]], np.uint8)])
@pytest.mark.parametrize("key", ["labels", "y"])
def test_an_npz_with_labels(tmp_path, resolve, key, labels):
    images = resolve(npz(tmp_path / "set.npz", images=GREY, **{key: labels}))
    assert images.classes == ("0", "1", "2")
    assert data.load_images(images)[1].tolist() == [0, 2, 1, 0, 2]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"pictures": GREY}, "has no array 'images', 'x', 'arr_0' or 'train_images', only 'pictures'"),
        ({"images": GREY.astype(np.float32)}, "the images are float32, where uint8 from 0 to 255 is needed"),
        (
            {"images": COLOUR.transpose(0, 2, 1, 3)[:, :, :, :7]},
            r"the images have the shape \(5, 8, 3, 7\), not N images",
        ),
        ({"images": GREY[:0]}, r"the images have the shape \(0, 8, 8\)"),
        ({"images": GREY[0, 0]}, r"the images have the shape \(8,\)"),
        ({"images": GREY, "labels": np.arange(4)}, "not one whole number for each of the 5 images"),
        ({"images": GREY, "labels": np.arange(5.0)}, "not one whole number for each of the 5 images"),
        ({"images": GREY, "labels": np.arange(5) - 1}, "the labels go from -1 to 3"),
        ({"images": np.array([{"a": 1}] * 5, dtype=object)}, "is damaged or no .npz of plain arrays"),
    ],
)
def test_an_npz_of_something_else(tmp_path, resolve, arrays, message):
    refused(resolve, npz(tmp_path / "set.npz", **arrays), f"^'set.npz'.*{message}")


def test_an_npz_that_runs_code_does_not(tmp_path, resolve):
    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "done"),)

    refused(resolve, npz(tmp_path / "set.npz", images=np.array([Attack()], dtype=object)), "damaged or no .npz")
    assert not (tmp_path / "done").exists()


def test_a_damaged_npz(tmp_path, resolve):
    whole = npz(tmp_path / "set.npz", images=GREY, labels=np.arange(5)).read_bytes()
    path = tmp_path / "bad.npz"
    for data_ in (b"", b"<html>", whole[:100], whole[:-1], whole[:300] + bytes(50) + whole[350:]):
        path.write_bytes(data_)
        refused(resolve, path, "^'bad.npz' is damaged or no .npz of plain arrays")


def test_an_npz_bomb(tmp_path, resolve, monkeypatch):
    path = npz(tmp_path / "set.npz", images=np.zeros((3, 1024, 1024), np.uint8))  # zlib makes 3 kB of it
    monkeypatch.setattr(room, "HARMLESS", 3 * 2**20 - 1)
    refused(resolve, path, "^'set.npz', array 'images', unpacks to far more than images would")
    monkeypatch.setattr(room, "HARMLESS", 3 * 2**20)
    assert resolve(path).n == 3


def test_an_npz_that_no_memory_holds_is_not_read(tmp_path, resolve, monkeypatch):
    path = npz(tmp_path / "set.npz", images=COLOUR)
    monkeypatch.setattr(room, "free_memory", lambda: 0)
    monkeypatch.setattr(np.lib.format, "read_array", pytest.fail)
    refused(resolve, path, r"^'set.npz': uint8 of shape \(5, 3, 8, 8\) take 0.00 GiB in memory, and 0.00 GiB is free")


def npy(head: str, rest: bytes = bytes(64), version: int = 1) -> bytes:
    """An array's file with a header of one's own."""
    return b"\x93NUMPY" + bytes((version, 0)) + len(head).to_bytes(2 * version, "little") + head.encode() + rest


@pytest.mark.parametrize(
    "member",
    [
        b"",
        b"no array",
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 8, 8"),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 8, 8)"),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (10**9,)}"),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 8, 8)}"),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999, 99999999999, 8)}"),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 8, 8)}"),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': 8}"),
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (1, 8, 8)}"),
        npy("{'descr': '<M8[s]', 'fortran_order': 1, 'shape': ()}"),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 8, 8)}", b"cut short"),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 8, 8)}", version=7),
        npy("os.system('touch here')"),
    ],
)
def test_an_npz_whose_header_is_wrong(tmp_path, resolve, member):
    path = make_zip(tmp_path / "set.npz", {"images.npy": member})
    refused(resolve, path, "^'set.npz' is damaged or no .npz of plain arrays")
