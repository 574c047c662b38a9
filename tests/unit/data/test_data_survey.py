"""Sets that are looked at before they are trained on: what is told of them, and duplicates."""

import io
import shlex

import numpy as np
import pytest
from click.testing import CliRunner
from image_files import Entry, Registry, encoded, fill, make_zip, picture, png
from PIL import Image, ImageEnhance
from printed_json import read_printed

from ganzoo.cli import cli
from ganzoo.data.image_sets.folder import list_folder
from ganzoo.data.packed import OtherModalityError
from ganzoo.data.pictures.duplicates import difference_hash, groups_of_near, pixel_hash, thumbnail
from ganzoo.data.survey import sheet, survey
from ganzoo.interfaces.data import Dataset, Images
from ganzoo.storage.cache import Cache


class Tiny(Dataset):
    def read(self, paths):
        pixels = np.random.default_rng(0).integers(0, 256, (5, 1, 8, 8), dtype=np.uint8)
        pixels[4] = pixels[1]
        return Images(pixels, np.array([1, 0, 0, 1, 1]), ("a", "b"))


class Points(Dataset):
    def read(self, paths):
        return Images(np.zeros((3, 2, 1, 1), np.float32))


@pytest.fixture
def look(tmp_path, said):
    registry = Registry(Entry("tiny", Tiny), Entry("points", Points))
    return lambda name: survey(registry, str(name), cache=Cache(tmp_path / "cache"))


def photo(seed, width=60, height=45):
    """Blurred noise: large things of many colours, as photographs have."""
    small = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.BICUBIC)


def test_all_of_a_mixed_folder_is_told(tmp_path, look):
    files = {
        "cat/0.png": png(0, 30, height=20),
        "cat/1.jpg": encoded(photo(1), "JPEG"),
        "dog/0.png": png(2, 9, "L", 9),
        "dog/1.png": png(3, 9, "RGBA", 9),
        "dog/2.gif": encoded(picture(4).quantize(8), "GIF"),
        "dog/3.png": b"<html>",
        "dog/notes.txt": b"x",
    }
    found = look(fill(tmp_path / "pets", files))
    assert (found.n, found.classes, found.counts) == (5, ("cat", "dog"), (2, 3))
    assert found.sizes == {(20, 30): 1, (45, 60): 1, (9, 9): 2, (8, 8): 1}
    assert found.colours == {"RGB": 2, "grey": 1, "RGB with transparency": 1, "palette": 1}
    assert found.formats == {"PNG": 3, "JPEG": 1, "GIF": 1} and found.folders == {"cat/": 2, "dog/": 4}
    assert found.bad == ["'dog/3.png' is no image"] and found.left_out == ("1 other file (.txt 1)",)
    assert found.options == "--size 8 --crop center --grey-to-rgb --skip-bad"
    one, other = found.next_commands()
    assert one == f"ganzoo bench dcgan wgan-gp --data {tmp_path}/pets {found.options}"
    assert other == f"ganzoo data prepare {tmp_path}/pets pets-prepared.zip {found.options}"


def test_a_shell_gets_the_name_as_it_is(tmp_path, look):
    found = look(fill(tmp_path / "Ann's $pictures", {"a.png": png(0, 9), "b.png": png(1)}))
    bench, prepare = map(shlex.split, found.next_commands())
    assert bench[bench.index("--data") + 1] == prepare[3] == f"{tmp_path}/Ann's $pictures"
    assert prepare[4] == "ann-s-pictures-prepared.zip"


def test_progress_is_told(tmp_path, look, said, monkeypatch):
    monkeypatch.setattr("ganzoo.data.progress._SECONDS_BETWEEN_REPORTS", -1.0)
    look(fill(tmp_path / "set", {"a.png": png(), "b.png": png(1)}))
    assert said == ["'set': decoded 0 of 2 images", "'set': decoded 1 of 2 images"]


def test_splits_are_told_with_what_is_left(tmp_path, look):
    files = {f"train/{n}.png": png(n) for n in range(3)} | {f"test/{n}.png": png(9 + n) for n in range(2)}
    found = look(make_zip(tmp_path / "set.zip", files))
    assert found.n == 3 and found.folders == {"train/": 3, "test/": 2}
    assert found.left_out == ("2 images in test/ (only train/ is used)",) and found.options == ""
    assert found.next_commands() == [f"ganzoo bench dcgan wgan-gp --data {tmp_path}/set.zip"]


def test_no_more_is_read_than_the_pictures(tmp_path, look, monkeypatch):
    """A file is not hashed, which is for the cache, and a folder is listed once."""
    listed = []
    monkeypatch.setattr("ganzoo.data.image_sets.place.Place.digest", pytest.fail)
    for module in ("image_sets.place", "sources"):
        monkeypatch.setattr(f"ganzoo.data.{module}.list_folder", lambda path: listed.append(path) or list_folder(path))
    np.savez(tmp_path / "set.npz", images=np.zeros((2, 8, 8), np.uint8))
    folder = fill(tmp_path / "set", {"a.png": png(), "b.png": png(1)})
    for path in (folder, tmp_path / "set.npz", make_zip(tmp_path / "set.zip", {"a.png": png(), "b.png": png(1)})):
        assert look(path).n == 2
    assert listed == [folder]


@pytest.mark.parametrize(("side", "options"), [(8, ""), (28, ""), (96, ""), (100, "--size 64 --crop center")])
def test_a_size_that_no_network_plays_needs_another(tmp_path, look, side, options):
    assert look(fill(tmp_path / "set", {f"{n}.png": png(n, side) for n in range(2)})).options == options


def test_equal_pixels_are_found_whatever_the_format(tmp_path, look):
    files = {"a.png": png(0), "b.bmp": encoded(picture(0), "BMP"), "c.png": png(1), "d.png": png(0, mode="L")}
    found = look(fill(tmp_path / "set", files))
    assert found.equal == [["a.png", "b.bmp"]] and found.near == []


def test_photographs_that_were_saved_again_are_near(tmp_path, look):
    files = {f"{n:02}.png": encoded(photo(n)) for n in range(20)}
    files["x.jpg"] = encoded(photo(3), "JPEG", quality=60)
    files["y.png"] = encoded(photo(3, 120, 90))
    files["z.png"] = encoded(ImageEnhance.Brightness(photo(7)).enhance(1.01))
    found = look(fill(tmp_path / "set", files))
    assert found.equal == [] and found.near == [["03.png", "x.jpg", "y.png"], ["07.png", "z.png"]]


def test_the_hash_is_of_what_is_brighter_than_its_left_neighbour():
    ramp = Image.fromarray(np.tile(np.arange(0, 180, 20, dtype=np.uint8), (8, 1)))
    assert difference_hash(ramp) == 2**64 - 1
    assert difference_hash(ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == 0
    half = np.zeros((8, 9), np.uint8)
    half[0, 8] = 9  # the last of the first row alone: the eighth bit from the front
    assert difference_hash(Image.fromarray(half)) == 1 << 56


def test_near_ones_are_those_that_all_pairs_give():
    rng = np.random.default_rng(0)
    hashes = [int(value) for value in rng.integers(0, 2**63, 30)]
    hashes += [value ^ 0b1011 for value in hashes[:5]] + [value ^ 0b1111 for value in hashes[5:10]]
    thumbnails = rng.integers(0, 256, (40, 16, 16), dtype=np.uint8)
    thumbnails[30:40] = thumbnails[:10]
    thumbnails[34] = 255 - thumbnails[34]  # the bits are near, and the thumbnails are not
    levels = thumbnails.astype(int).reshape(40, -1)
    wanted = [
        [i, j]
        for i in range(40)
        for j in range(i + 1, 40)
        if (hashes[i] ^ hashes[j]).bit_count() <= 3 and np.abs(levels[i] - levels[j]).mean() <= 4
    ]
    assert groups_of_near(hashes, thumbnails) == wanted == [[n, 30 + n] for n in range(4)]


def test_a_blank_image_is_near_a_blank_one_only():
    blank = Image.new("L", (20, 20), 100)
    shades = [blank, Image.new("L", (20, 20), 102), Image.new("L", (20, 20), 200)]
    hashes, small = [difference_hash(one) for one in shades], np.array([thumbnail(one) for one in shades])
    assert groups_of_near(hashes, small) == [[0, 1]]
    assert groups_of_near([], np.zeros((0, 16, 16), np.uint8)) == []


def test_pixels_of_another_shape_are_not_equal():
    flat = np.zeros((1, 2, 8), np.uint8)
    assert pixel_hash(flat) != pixel_hash(flat.reshape(1, 4, 4)) and pixel_hash(flat) == pixel_hash(flat.copy())


def test_a_named_set_and_an_npz(tmp_path, look):
    found = look("tiny")
    assert (found.n, found.counts, found.sizes, found.formats) == (5, (2, 3), {(8, 8): 5}, {})
    assert found.equal == [["image 1", "image 4"]]
    np.savez(tmp_path / "set.npz", images=np.zeros((2, 8, 8, 3), np.uint8), others=np.zeros(3))
    found = look(tmp_path / "set.npz")
    assert found.colours == {"RGB": 2} and found.left_out == ("the array others (3) (only images is used)",)
    with pytest.raises(OtherModalityError, match="is of points, and not of images"):
        look("points")


def test_the_sheet_shows_all_of_each_image_on_white(tmp_path, look):
    wide = Image.new("RGB", (20, 10), (200, 0, 0))
    found = look(fill(tmp_path / "set", {"a.png": encoded(wide), "b.png": png(1, 8, "L")}))
    first, second = sheet(found)
    assert (first[:, 16:48] == np.array([200, 0, 0])[:, None, None]).all() and (first[:, :16] == 255).all()
    assert np.array_equal(second, np.repeat(np.asarray(picture(1, 8, "L"))[None], 3, 0).repeat(8, 1).repeat(8, 2))


def run(*words):
    return CliRunner().invoke(cli, ["--no-plugins", "data", "show", *map(str, words)])


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    files = {f"{n}.png": png(n, 20 + n) for n in range(9)} | {"copy.png": png(0, 20), "x.png": b""}
    folder = fill(tmp_path / "some pictures", files)
    done = run(folder, "--out", tmp_path / "first.png")
    lines = done.stdout.splitlines()
    assert done.exit_code == 0 and lines[0] == f"{folder}: 10 images"
    assert "classes: none" in lines and "sizes: 9 different, 20 to 28 high, 20 to 28 wide" in lines
    assert "  shorter side    20 to    21:         3 ##############################" in lines
    assert "equal: 2 images in 1 group (0.png = copy.png)" in lines
    assert "cannot be read: 1 ('x.png' is empty)" in lines
    assert f"next: ganzoo bench dcgan wgan-gp --data '{folder}' --size 24 --crop center --skip-bad" in lines
    assert Image.open(io.BytesIO((tmp_path / "first.png").read_bytes())).size == (4 * 66 + 2, 3 * 66 + 2)
    assert run(folder, "--out", "first.jpg").exit_code == 2
    assert run(tmp_path / "nothing").exit_code == 2


def test_the_json_is_as_its_schema_says(tmp_path, monkeypatch):
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    done = run(fill(tmp_path / "pets", {"cat/0.png": png(0, 9), "dog/0.png": png(1)}), "--json")
    told = read_printed("ganzoo data show --json", done.stdout)
    assert told["schema"] == 1 and told["classes"] == [{"name": "cat", "n": 1}, {"name": "dog", "n": 1}]
    assert {"height": 9, "width": 9, "n": 1} in told["sizes"] and told["options"] == "--size 8 --crop center"
