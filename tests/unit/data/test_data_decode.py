import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from image_files import encoded, picture, png
from PIL import Image

from ganzoo.data.pictures import room
from ganzoo.data.pictures.decode import Member, decode_all
from ganzoo.data.pictures.picture import BadImageError, decode
from ganzoo.errors import DataError


def huge_png(width, height, bits=8):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    rows = zlib.compress(bytes((width * 3 * bits // 8 + 1) * min(height, 4)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def members(*files):
    return [Member(f"{index:03}.png", lambda data=data: data) for index, data in enumerate(files)]


def all_of(*files, skip_bad=False):
    found = decode_all(members(*files), "'set'", skip_bad=skip_bad)
    return found.pixels, found.kept, found.bad


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "PPM"])
def test_lossless_formats_give_their_pixels(kind):
    image = picture(1)
    data = encoded(image, kind, **({"lossless": True} if kind == "WEBP" else {}))
    assert np.array_equal(decode(data), np.asarray(image).transpose(2, 0, 1))


def test_grey_stays_one_channel():
    image = picture(1, mode="L")
    assert np.array_equal(decode(encoded(image)), np.asarray(image)[None])
    assert np.array_equal(decode(encoded(image.convert("1"))), np.asarray(image.convert("1").convert("L"))[None])


def test_a_palette_becomes_rgb():
    image = picture(1).quantize(16)
    assert np.array_equal(decode(encoded(image)), np.asarray(image.convert("RGB")).transpose(2, 0, 1))


def test_cmyk_becomes_rgb():
    data = encoded(picture(1, mode="CMYK"), "JPEG")
    assert decode(data).shape == (3, 8, 8)


@pytest.mark.parametrize(("mode", "channels"), [("LA", 1), ("RGBA", 3)])
def test_transparency_is_laid_over_white(mode, channels):
    clear = Image.new(mode, (4, 4), (0,) * len(mode))
    solid = Image.new(mode, (4, 4), (*(7,) * (len(mode) - 1), 255))
    assert np.array_equal(decode(encoded(clear)), np.full((channels, 4, 4), 255))
    assert np.array_equal(decode(encoded(solid)), np.full((channels, 4, 4), 7))


def test_a_transparent_colour_of_a_palette_is_white_too():
    image = Image.new("P", (4, 4), 0)
    image.putpalette([9, 9, 9, 200, 0, 0])
    data = encoded(image, transparency=0)
    assert np.array_equal(decode(data), np.full((3, 4, 4), 255))


def test_the_first_frame_of_an_animation_is_taken():
    out = io.BytesIO()
    first, second = Image.new("L", (4, 4), 10), Image.new("L", (4, 4), 200)
    first.save(out, "GIF", save_all=True, append_images=[second])
    assert int(decode(out.getvalue()).max()) == 10


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"<!doctype html><html>not found</html>", "is no image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\nshowpage\n", "is no image"),
        (png()[:-30], "is truncated or damaged"),
        (png()[:20], "is truncated or damaged"),
        (encoded(picture(), "JPEG")[:-200], "is truncated or damaged"),
        (huge_png(20_000, 20_000), "pixels"),
        (huge_png(10_000, 10_000), "10000x10000 pixels"),
        (huge_png(5_000, 8), "is 8 pixels high and 5000 wide, and a side may have 4,096"),
        (huge_png(4, 4, bits=16), "has 16 bits a channel"),
        (encoded(Image.fromarray(np.zeros((8, 8), np.uint16))), "bits a channel"),
        (encoded(Image.fromarray(np.zeros((8, 8), np.float32)), "TIFF"), "bits a channel"),
        (encoded(Image.fromarray(np.zeros((8, 8), np.int32)), "TIFF"), "bits a channel"),
    ],
)
def test_bad_images_say_why(data, reason):
    with pytest.raises(DataError, match=rf"^'set': '001.png' .*({reason})"):
        all_of(png(), data)


def test_every_truncation_of_an_image_is_noticed_or_harmless():
    image = picture(3)
    for data in (encoded(image), encoded(image, "BMP")):
        whole = decode(data)
        for length in range(len(data)):
            with suppress(BadImageError):
                assert np.array_equal(decode(data[:length]), whole)


def test_damaged_bytes_raise_nothing_else():
    rng = np.random.default_rng(0)
    for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"):
        good = bytearray(encoded(picture(2), kind))
        for _ in range(60):
            data = bytearray(good)
            for position in rng.integers(0, len(data), 3):
                data[position] = rng.integers(0, 256)
            try:
                all_of(bytes(data))
            except DataError as error:
                assert str(error).startswith("'set': '000.png' ")


def test_a_set_is_one_array():
    images = [picture(seed) for seed in range(3)]
    pixels, kept, bad = all_of(*(encoded(image) for image in images))
    assert pixels.shape == (3, 3, 8, 8) and pixels.dtype == np.uint8
    assert all(np.array_equal(pixels[i], np.asarray(images[i]).transpose(2, 0, 1)) for i in range(3))
    assert (kept, bad) == ([0, 1, 2], [])


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        (
            png(side=16),
            r"'001.png' is 16x16 pixels where '000.png' is 8x8; `--size 8 --crop center`",
        ),
        (
            png(mode="L"),
            r"'001.png' is grey where '000.png' is in colour; `--grey-to-rgb`",
        ),
        (
            png(height=9),
            r"'001.png' is 9 pixels high and 8 wide where '000.png' is 8x8; `--size 8 --crop center`",
        ),
    ],
)
def test_images_that_do_not_fit_together(odd, message):
    with pytest.raises(DataError) as error:
        all_of(png(), odd, png())
    assert str(error.value) == f"'set': {message} makes them alike, and --skip-bad leaves such images out"


def test_the_count_of_bad_images_is_told():
    with pytest.raises(DataError, match=r"'001.png' is empty \(and 2 more of 5 images are bad\)"):
        all_of(png(), b"", png(), b"x", b"")


def test_skipping_leaves_out_what_is_bad_and_unlike_the_most():
    pixels, kept, bad = all_of(png(side=16), png(1), b"", png(2), png(3, mode="L"), png(4, height=5), skip_bad=True)
    assert pixels.shape == (2, 3, 8, 8) and kept == [1, 3]
    assert bad == [
        "'000.png' is 16x16 pixels where most are 8x8",
        "'002.png' is empty",
        "'004.png' is grey where most are in colour",
        "'005.png' is 5 pixels high and 8 wide where most are 8x8",
    ]


def test_skipping_with_as_many_of_either_shape_keeps_the_first():
    pixels, kept, _ = all_of(png(0), png(1, side=16), png(2), png(3, side=16), skip_bad=True)
    assert pixels.shape == (2, 3, 8, 8) and kept == [0, 2]


def test_when_all_are_bad_skipping_does_not_help():
    with pytest.raises(DataError) as error:
        all_of(b"", b"", skip_bad=True)
    assert str(error.value) == (
        "'set': '000.png' is empty (and 1 more of 2 images are bad); replace these files, or name others with --data"
    )


@pytest.fixture
def free(monkeypatch):
    """Says how much memory is free."""

    def has(size):
        monkeypatch.setattr(room, "free_memory", lambda: size)
        monkeypatch.setattr(room, "_SPARE", 0)

    return has


def test_a_set_that_no_memory_holds_is_refused(free):
    free(2 * 192)
    assert all_of(png(), png())[0].nbytes == 2 * 192
    with pytest.raises(DataError) as error:
        all_of(png(), png(), png())
    assert str(error.value).startswith("'set': 3 images of 8x8 pixels take 0.00 GiB in memory, and 0.00 GiB is free;")


def test_memory_is_asked_for_before_anything_is_decoded(free, monkeypatch):
    free(1)
    monkeypatch.setattr("PIL.Image.Image.convert", pytest.fail)
    with pytest.raises(DataError, match="2 images of 8x8 pixels take"):
        all_of(png(), png())


def test_a_set_is_no_larger_than_the_most_whatever_is_free(free, monkeypatch):
    free(None)  # the system does not tell
    monkeypatch.setattr(room, "LARGEST_SET", 191)
    with pytest.raises(DataError, match=r"1 images of 8x8 pixels take 0.00 GiB in memory, and 0.00 GiB is the most"):
        all_of(png())


def test_fifty_thousand_images_of_256_pixels_are_no_bomb(free):
    free(16 * 2**30)
    room.require_room(50_000 * 3 * 256 * 256, "they")
    room.require_images(50_000 * 3 * 256 * 256, 50_000 * 20_000, "they")  # JPEGs of 20 kB


def test_images_of_one_colour_are_refused_before_they_are_decoded(monkeypatch):
    """A one-colour PNG of 512x512 is some 800 bytes, and 786,432 decoded: 900 times as much."""
    monkeypatch.setattr(room, "HARMLESS", 3 * 786_432)
    blank, noise = encoded(Image.new("RGB", (512, 512))), png(side=512)
    assert room.MOST_RATIO * len(blank) < 786_432
    for images in ([blank] * 3, [blank, noise, noise, noise]):  # few; and some among others
        decode_all(members(*images), "'set'", skip_bad=False, encoded=sum(map(len, images)))
    monkeypatch.setattr("PIL.Image.Image.convert", pytest.fail)
    with pytest.raises(DataError, match=r"^'set' unpacks to far more than images would: [\d,]+ bytes to 0.00 GiB"):
        decode_all(members(*[blank] * 4), "'set'", skip_bad=False, encoded=4 * len(blank))


def test_of_an_image_of_another_size_only_the_head_is_read(monkeypatch):
    decoded = []
    convert = Image.Image.convert
    monkeypatch.setattr(
        Image.Image, "convert", lambda self, *a, **k: decoded.append(self.size) or convert(self, *a, **k)
    )
    _pixels, kept, _ = all_of(png(), png(side=64), png(), skip_bad=True)
    assert kept == [0, 2] and set(decoded) == {(8, 8)}


def test_damaged_images_of_another_size_are_not_the_most():
    broken = png(side=16)[:-30]
    _pixels, kept, bad = all_of(png(0), broken, broken, png(1, side=16), skip_bad=True)
    assert kept == [0] and len(bad) == 3


def test_progress_is_told(said, monkeypatch):
    monkeypatch.setattr("ganzoo.data.progress._SECONDS_BETWEEN_REPORTS", -1.0)
    decode_all(members(png(), png()), "'set'", skip_bad=False)
    assert said == ["'set': decoded 0 of 2 images", "'set': decoded 1 of 2 images"]
