"""Images brought to one size on their way in: the pixels that Pillow gives, and what a set records of it."""

import json
import re

import numpy as np
import pytest
from image_files import Entry, Registry, encoded, fill, make_zip, picture, png
from PIL import Image

from ganzoo import data
from ganzoo.data import Fitting
from ganzoo.data.image_sets import folder as folder_module
from ganzoo.data.pictures.decode import Member, decode_all
from ganzoo.data.pictures.picture import decode
from ganzoo.data.pictures.remedy import playable
from ganzoo.errors import DataError
from ganzoo.interfaces.data import Dataset, Images
from ganzoo.storage.cache import Cache

FILTERS = {"lanczos": Image.LANCZOS, "bicubic": Image.BICUBIC, "area": Image.BOX}


class Tiny(Dataset):
    def read(self, paths):
        pixels = np.random.default_rng(0).integers(0, 256, (4, 1, 8, 8), dtype=np.uint8)
        return Images(pixels, np.array([1, 0, 0, 1]), ("a", "b"))

    def read_held_out(self, paths):
        return self.read(paths)


class Points(Dataset):
    def read(self, paths):
        return Images(np.zeros((3, 2, 1, 1), np.float32))


@pytest.fixture
def resolve(tmp_path, said, monkeypatch):
    monkeypatch.setattr(folder_module, "_TICK_NS", 0)
    cache = Cache(tmp_path / "cache")
    registry = Registry(Entry("tiny", Tiny), Entry("points", Points))
    return lambda name, **options: data.resolve(registry, str(name), **{"cache": cache, **options})


def pixels_of(images):
    return data.load_images(images)[0].numpy()


def array(image):
    found = np.asarray(image)
    return found[None] if found.ndim == 2 else found.transpose(2, 0, 1)


@pytest.mark.parametrize("resize", FILTERS)
@pytest.mark.parametrize(("width", "height"), [(20, 11), (11, 20), (16, 16)])
def test_the_middle_is_resized_as_pillow_does(resize, width, height):
    image = picture(1, width, height=height)
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    wanted = image.crop((left, top, left + side, top + side)).resize((8, 8), FILTERS[resize])
    assert np.array_equal(np.asarray(Fitting((8, 8), resize=resize).fitted(image, b"")), np.asarray(wanted))


def test_area_is_the_mean_of_what_a_pixel_covers():
    image = picture(2, 16, "L", 16)
    blocks = np.asarray(image).reshape(8, 2, 8, 2).mean(axis=(1, 3))
    found = np.asarray(Fitting((8, 8), resize="area").fitted(image, b"")).astype(float)
    assert np.abs(found - blocks).max() <= 1.0  # it rounds twice, once for each direction


def test_area_counts_each_pixel_whole():
    """Five pixels to two, by hand: the middle of the third lies on the border, and it is counted to the left."""
    row = Image.fromarray(np.array([[0, 100, 200, 50, 250]], np.uint8).repeat(2, 0))
    found = np.asarray(Fitting((2, 2), "none", "area").fitted(row, b""))
    assert found.tolist() == [[(0 + 100 + 200) / 3, (50 + 250) / 2]] * 2


@pytest.mark.parametrize("resize", FILTERS)
def test_shrinking_is_antialiased(resize):
    """Stripes one pixel wide become an even grey; taking every eighth pixel would give white or black."""
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 255
    found = np.asarray(Fitting((8, 8), resize=resize).fitted(Image.fromarray(stripes), b""))[:, 1:-1]
    assert np.abs(found.astype(float) - 127.5).max() < 16


def test_without_a_crop_all_of_it_is_squeezed():
    image = picture(1, 20, height=10)
    found = Fitting((8, 8), crop="none").fitted(image, b"")
    assert np.array_equal(np.asarray(found), np.asarray(image.resize((8, 8), Image.LANCZOS)))


@pytest.mark.parametrize(
    ("size", "width", "height", "box"),
    [
        ((64, 32), 100, 100, (25, 0, 75, 100)),  # twice as high as wide: all of the height, half of the width
        ((32, 64), 100, 100, (0, 25, 100, 75)),
        ((64, 64), 300, 200, (50, 0, 250, 200)),
        ((64, 32), 30, 200, (0, 70, 30, 130)),
        ((1, 4096), 3, 3, (0, 1, 3, 2)),  # never empty
    ],
)
def test_the_part_has_the_wanted_proportions(size, width, height, box):
    assert Fitting(size).box(height, width, b"") == box


def test_a_random_crop_depends_on_content_and_seed_alone():
    places = {Fitting((8, 8), "random").box(100, 300, bytes([n])) for n in range(60)}
    assert len(places) > 40 and {(top, low) for _, top, _, low in places} == {(0, 100)}
    lefts = [left for left, *_ in places]
    assert min(lefts) < 40 and max(lefts) > 160 and max(lefts) <= 200
    same = Fitting((8, 8), "random", seed=3)
    assert same.box(100, 300, b"x") == same.box(100, 300, b"x") != Fitting((8, 8), "random").box(100, 300, b"x")


def test_pictures_and_arrays_come_to_the_same_pixels():
    image = picture(5, 20, height=14)
    for fitting in (Fitting((8, 8)), Fitting((8, 4), "none", "bicubic"), Fitting((16, 16), resize="area")):
        assert np.array_equal(fitting.fitted_array(array(image)), array(fitting.fitted(image, b"")))
    grey = picture(5, 20, "L", 14)
    fitting = Fitting((8, 8), grey_to_rgb=True)
    assert np.array_equal(fitting.fitted_array(array(grey)), array(fitting.fitted(grey, b"")))


def test_a_grey_image_becomes_three_equal_channels():
    found = Fitting(grey_to_rgb=True).fitted_array(array(picture(1, mode="L")))
    assert found.shape == (3, 8, 8) and np.array_equal(found, np.stack([np.asarray(picture(1, mode="L"))] * 3))
    assert Fitting(grey_to_rgb=True).fitted(picture(1), b"") == picture(1)


def members(*files):
    return [Member(f"{index:03}.png", lambda data=data: data) for index, data in enumerate(files)]


def test_any_sizes_and_modes_become_one_set():
    turned = Image.Exif()
    turned[274] = 6
    files = [
        png(0, 30, height=20),
        png(1, 9, "L", 9),
        png(2, 12, "RGBA", 40),
        encoded(picture(3).quantize(8)),
        encoded(picture(4, 40, height=30), "JPEG", exif=turned),
    ]
    found = decode_all(members(*files), "'set'", skip_bad=False, fitting=Fitting((16, 16), grey_to_rgb=True))
    assert found.pixels.shape == (5, 3, 16, 16) and found.bad == []
    assert found.notes == [
        "images are cropped at the center and resized to 16 pixels (lanczos), and grey ones become RGB",
        "3 images were smaller and are enlarged",
        "1 image is turned as the EXIF data in it say",
    ]
    upright = Image.fromarray(decode(files[4]).transpose(1, 2, 0))
    assert upright.size == (30, 40)
    assert np.array_equal(found.pixels[4], array(upright.crop((0, 5, 30, 35)).resize((16, 16), Image.LANCZOS)))


def test_a_larger_photograph_than_is_kept_can_be_made_smaller():
    large = encoded(Image.new("RGB", (6000, 10), (200, 10, 10)))
    with pytest.raises(
        DataError, match=r"is 10 pixels high and 6000 wide, and a side may have 4,096; `--size 64 --crop center` makes"
    ):
        decode_all(members(large), "'set'", skip_bad=False)
    found = decode_all(members(large), "'set'", skip_bad=False, fitting=Fitting((8, 8)))
    assert found.pixels[0, :, 4, 4].tolist() == [200, 10, 10]


@pytest.mark.parametrize(
    ("files", "fitting", "advice"),
    [
        ([png(0, 40, height=30), png(1, 70), png(2, 99)], None, "; `--size 64 --crop center` makes them alike, and"),
        ([png(0, 40, height=30), png(1, 30, height=40)], None, "; `--size 28 --crop center` makes them alike"),
        (
            [png(0, 32, height=64), png(1, 32, height=64), png(2)],
            None,
            "; `--size 64x32 --crop center` makes them alike",
        ),
        ([png(0, 40), png(1, 40), png(2, 99)], None, "; `--size 40 --crop center` makes them alike, and --skip-bad"),
        ([png(0), png(1, mode="L")], None, "; `--grey-to-rgb` makes them alike, and --skip-bad leaves such images out"),
        ([png(0), png(1, 9, "L")], None, "; `--size 8 --crop center --grey-to-rgb` makes them alike, and --skip-bad"),
        (
            [png(0), png(1, 9, "L"), b"x"],
            None,
            "; `--size 8 --crop center --grey-to-rgb --skip-bad` makes the others alike, and leaves out what cannot be",
        ),
        ([png(0), png(1, 9, "L")], Fitting((8, 8)), "; `--grey-to-rgb` makes them alike, and --skip-bad leaves"),
        ([png(0), b"x"], Fitting((8, 8)), "; --skip-bad leaves such images out"),
        ([png(0), png(1, 9, "L"), b"x"], Fitting((8, 8), grey_to_rgb=True), "no image; --skip-bad leaves such images"),
        ([b"x"], Fitting((8, 8)), "; replace these files, or name others with --data"),
    ],
)
def test_a_refusal_ends_with_the_options_that_solve_it(files, fitting, advice):
    with pytest.raises(DataError) as error:
        decode_all(members(*files), "'set'", skip_bad=False, fitting=fitting)
    assert advice in str(error.value) and str(error.value).startswith("'set': ")


def test_the_options_that_a_refusal_names_do_solve_it():
    files = members(png(0, 40, height=30), png(1, 9, "L"), b"x", png(3, 200, height=100))
    with pytest.raises(DataError) as error:
        decode_all(files, "'set'", skip_bad=False)
    side = int(re.search(r"`--size (\d+) --crop center --grey-to-rgb --skip-bad`", str(error.value))[1])
    found = decode_all(files, "'set'", skip_bad=True, fitting=Fitting((side, side), grey_to_rgb=True))
    assert found.pixels.shape == (3, 3, side, side) and found.bad == ["'002.png' is no image"]


def test_a_side_that_networks_play():
    played = sorted({base << times for base in (4, 5, 6, 7) for times in range(1, 8)})
    for side in range(8, 512):
        assert playable(side) == max(one for one in played if one <= side)
    assert playable(3) == 8


# -- sets -----------------------------------------------------------------------------------------------------------

MIXED = {"cat/0.png": png(0, 20), "cat/1.png": png(1, 30, height=10), "dog/0.png": png(2, 9)}


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_fitted_set_says_so_and_is_kept(tmp_path, resolve, kind, monkeypatch):
    path = fill(tmp_path / "pets", MIXED) if kind == "folder" else make_zip(tmp_path / "pets.zip", MIXED)
    images = resolve(path, fitting=Fitting((8, 8)))
    assert (images.name, images.n, images.height, images.width) == ("pets-8", 3, 8, 8)
    assert images.classes == ("cat", "dog") and data.load_images(images)[1].tolist() == [0, 0, 1]
    assert images.notes == ("images are cropped at the center and resized to 8 pixels (lanczos)",)
    monkeypatch.setattr("ganzoo.data.image_sets.arranged.decode_all", pytest.fail)
    assert resolve(path, fitting=Fitting((8, 8))) == images


def test_every_choice_is_another_set(tmp_path, resolve):
    path = make_zip(tmp_path / "pets.zip", MIXED)
    choices = [
        Fitting((8, 8)),
        Fitting((8, 4)),
        Fitting((8, 8), "none"),
        Fitting((8, 8), "random"),
        Fitting((8, 8), "random", seed=1),
        Fitting((8, 8), "center", "bicubic"),
        Fitting((8, 8), "center", "area"),
    ]
    found = [resolve(path, fitting=choice) for choice in choices if choice.size == (8, 8)]
    assert len({images.hash for images in found}) == len({images.name for images in found}) == len(found)
    for choice in choices:
        assert Fitting.from_json(json.loads(json.dumps(choice.to_json()))) == choice


def test_a_set_that_is_not_fitted_stays_what_it_was(tmp_path, resolve):
    """A set of the right size already has the same pixels and the same hash."""
    path = make_zip(tmp_path / "pets.zip", {"a.png": png(0), "b.png": png(1)})
    plain, fitted = resolve(path), resolve(path, fitting=Fitting((8, 8), grey_to_rgb=True))
    assert (plain.name, plain.notes) == ("pets", ()) and plain.hash == fitted.hash


def test_a_named_set_is_fitted_with_what_it_holds_out(resolve):
    images = resolve("tiny", fitting=Fitting((16, 16), grey_to_rgb=True))
    assert (images.name, images.channels, images.height) == ("tiny-16-rgb", 3, 16)
    assert images.classes == ("a", "b") and "4 images were smaller and are enlarged" in images.notes
    assert (images.held_out.channels, images.held_out.height) == (3, 16)
    plain = Image.fromarray(pixels_of(resolve("tiny"))[2, 0])
    assert np.array_equal(pixels_of(images)[2, 1], np.asarray(plain.resize((16, 16), Image.LANCZOS)))


def test_an_npz_is_fitted(tmp_path, resolve):
    np.savez(tmp_path / "set.npz", images=np.stack([np.asarray(picture(n, 16)) for n in range(3)]), labels=[0, 1, 0])
    images = resolve(tmp_path / "set.npz", fitting=Fitting((8, 8), resize="area"))
    assert images.name == "set-8-area" and images.classes == ("0", "1")
    assert np.array_equal(pixels_of(images)[1], array(picture(1, 16).resize((8, 8), Image.BOX)))


def test_points_have_no_size(resolve):
    with pytest.raises(DataError, match=r"--size and --grey-to-rgb are for images, and these are points"):
        resolve("points", fitting=Fitting((8, 8)))


def test_options_that_ask_for_nothing_are_none():
    assert Fitting.asked() is None and Fitting.from_json(None) is None
    assert Fitting.asked(64) == Fitting((64, 64)) and Fitting.asked((64, 32), "none").size == (64, 32)
    assert Fitting.asked(grey_to_rgb=True) == Fitting(None, grey_to_rgb=True)
    for given in ({"crop": "center"}, {"resize": "area", "grey_to_rgb": True}):
        with pytest.raises(DataError, match=r"add `--size 64`"):
            Fitting.asked(**given)
    with pytest.raises(DataError, match="crop is one of center, random, none"):
        Fitting((8, 8), crop="left")
    with pytest.raises(DataError, match="a side is 1 to 4096 pixels"):
        Fitting((0, 8))
