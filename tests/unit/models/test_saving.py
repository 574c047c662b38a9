"""Samples as files, which the readers of training data read again."""

import errno
import io
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from ganzoo import data
from ganzoo.errors import GanzooError, SetupError
from ganzoo.models import Samples
from ganzoo.models.sample_sets.folders import MARK, class_folders
from ganzoo.models.sample_sets.saving import form_of, save
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

CLASSES = ("cat", "dog", "eel")


def images(n, channels=1, labelled=True, size=8):
    pixels = torch.randint(0, 256, (n, channels, size, size), generator=torch.Generator().manual_seed(n)).to(
        torch.uint8
    )
    y = torch.arange(n) % 3 if labelled else None
    return Samples(pixels, y=y, classes=CLASSES if labelled else ())


def read_again(path):
    """What ``ganzoo bench --data`` would train on."""
    found = data.resolve(load_zoo(third_party=False).registry, str(path), cache=Cache.open())
    pixels, labels = data.load_images(found)
    return found, pixels, labels


def as_rows(pixels, labels):
    """Each image with its label, in an order of their own."""
    return sorted((image.numpy().tobytes(), label) for image, label in zip(pixels, labels, strict=True))


@pytest.mark.parametrize("channels", [1, 3])
def test_arrays_are_read_as_data_with_their_labels(tmp_path, channels):
    samples = images(30, channels)
    samples.save(tmp_path / "x.npz")
    _, pixels, labels = read_again(tmp_path / "x.npz")
    assert torch.equal(pixels, samples.data) and torch.equal(labels, samples.y)
    with np.load(tmp_path / "x.npz") as arrays:
        assert arrays["classes"].tolist() == list(CLASSES)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_folder_is_read_as_data_with_its_classes(tmp_path, channels):
    samples = images(30, channels)
    samples.save(f"{tmp_path}/out/")
    found, pixels, labels = read_again(tmp_path / "out")
    assert found.classes == CLASSES
    assert as_rows(pixels, labels.tolist()) == as_rows(samples.data, samples.y.tolist())


def test_a_folder_without_labels_is_flat(tmp_path):
    samples = images(4, labelled=False)
    samples.save(tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == [f"{i:06d}.png" for i in range(4)]
    _, pixels, labels = read_again(tmp_path / "out")
    assert labels is None and torch.equal(pixels, samples.data)


def test_parts_make_the_same_files_as_the_whole(tmp_path):
    whole = images(30)
    whole.save(tmp_path / "a.npz")
    save(tmp_path / "b.npz", iter([whole[:7], whole[7:29], whole[29:]]), 30)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    whole.save(tmp_path / "a")
    save(tmp_path / "b", iter([whole[:7], whole[7:]]), 30)
    names = {path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.png")}
    assert len(names) == 30
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_points_are_arrays_or_a_picture(tmp_path):
    points = Samples(torch.randn(20, 2, 1, 1, generator=torch.Generator().manual_seed(0)))
    points.save(tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as arrays:
        assert np.array_equal(arrays["points"], points.data[:, :, 0, 0].numpy()) and len(arrays.files) == 1
    points.save(tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as drawn:
        assert min(drawn.size) > 400
    with pytest.raises(GanzooError, match="these samples are points"):
        points.save(tmp_path / "x")
    with pytest.raises(GanzooError, match="these samples are points"):
        points.pil()


def test_a_picture_has_the_images_in_their_places(tmp_path):
    """Images of 64 pixels are not enlarged; two of white lie between them."""
    samples = images(6, channels=3, size=64)
    samples.save(tmp_path / "x.png", columns=2)
    with Image.open(tmp_path / "x.png") as picture:
        drawn = np.asarray(picture)
    assert drawn.shape == (3 * 66 + 2, 2 * 66 + 2, 3)
    assert np.array_equal(drawn[2:66, 68:132], samples.data[1].permute(1, 2, 0).numpy())
    assert np.array_equal(drawn, np.asarray(samples.grid(2))) and samples._repr_png_() == samples.png()


def test_a_notebook_shows_some_of_many_images():
    """16 rows of 16 images, each of 8 pixels enlarged to 64 with 2 beside it."""
    with Image.open(io.BytesIO(images(300)._repr_png_())) as shown:
        assert shown.size == (16 * 66 + 2, 16 * 66 + 2)


def test_pictures_of_pillow_are_the_images():
    for channels, mode in ((1, "L"), (3, "RGB")):
        samples = images(2, channels)
        pictures = samples.pil()
        assert [one.mode for one in pictures] == [mode] * 2
        assert np.array_equal(np.asarray(pictures[1]).reshape(8, 8, channels), samples.data[1].permute(1, 2, 0).numpy())
    with pytest.raises(GanzooError, match="and these images have 5"):
        images(2, 5).pil()


@pytest.mark.parametrize("name", ["x.jpg", "x.npy", "x.gif", "x.tar.gz", "v1.5"])
def test_an_ending_of_no_form_is_refused_with_those_that_there_are(tmp_path, name):
    with pytest.raises(GanzooError, match=r"x.png .* x.npz .* x/ .* not as '" + name):
        images(2).save(tmp_path / name)
    assert not any(tmp_path.iterdir())


def test_a_slash_says_folder():
    modality = images(1).modality
    assert form_of("v1.5/", modality) == form_of("x.png/", modality) == form_of("x", modality) == "folder"
    assert form_of("X.PNG", modality) == "picture" and form_of("x.npz", modality) == "arrays"


def test_a_folder_of_samples_is_replaced_and_no_other_is(tmp_path):
    out = tmp_path / "out"
    images(9).save(out)
    images(3, labelled=False).save(out)
    assert sorted(path.name for path in out.iterdir()) == [MARK, *(f"{i:06d}.png" for i in range(3))]
    (out / "notes.txt").write_text("mine")
    with pytest.raises(GanzooError, match=r"notes.txt, which ganzoo did not write"):
        images(9).save(out)
    assert len(list(out.iterdir())) == 5 and [path.name for path in tmp_path.iterdir()] == ["out"]
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    images(1, labelled=False).pil()[0].save(theirs / "000000.png")
    with pytest.raises(GanzooError, match="is not empty and was not written by ganzoo"):
        images(9).save(theirs)
    assert [path.name for path in theirs.iterdir()] == ["000000.png"]
    empty = tmp_path / "empty"
    empty.mkdir()
    images(2).save(empty)
    assert len(list(empty.rglob("*.png"))) == 2


@pytest.mark.parametrize("form", ["x.npz", "x"])
def test_what_breaks_off_leaves_what_was_there(tmp_path, form):
    images(9).save(tmp_path / form)

    def state():
        return {str(p): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    before = state()

    def breaking():
        yield images(4)
        raise OSError(errno.ENOSPC, "no room", str(tmp_path / form))

    with pytest.raises(SetupError, match="cannot write"):
        save(tmp_path / form, breaking(), 9)
    assert state() == before


def test_the_mark_holds_no_image_and_arrays_no_pickle(tmp_path):
    images(3).save(tmp_path / "x.npz")
    with zipfile.ZipFile(tmp_path / "x.npz") as archive:
        assert archive.namelist() == ["images.npy", "labels.npy", "classes.npy"] and archive.testzip() is None
    with np.load(tmp_path / "x.npz", allow_pickle=False) as arrays:
        assert {arrays[name].dtype.kind for name in arrays.files} == {"u", "i", "U"}


def test_a_class_that_no_folder_can_be_called_by_leads_nowhere_else():
    names = ("../up", "a/b", "", ".", "con", "nul.txt", "dot.", "ok", "OK", "twice", "twice", "grün", "x" * 200, "-x")
    found = class_folders(names)
    assert found[7] == "ok" and found[11] == "grün"
    assert [name for i, name in enumerate(found) if i not in (7, 11)] == [
        f"class-{i}" for i in range(14) if i not in (7, 11)
    ]
    assert len({name.casefold() for name in found}) == len(names)


def test_one_picture_does_not_hold_any_number(tmp_path):
    with pytest.raises(GanzooError, match=r"4,096 images at most: write 5,000 as x.npz or x/"):
        save(tmp_path / "x.png", iter([images(10)]), 5_000)
