import io

import numpy as np
import pytest
from image_files import encoded, picture
from PIL import Image

from ganzoo.data.pictures.decode import Member, decode_all
from ganzoo.data.pictures.picture import decode, picture_of

SHOWN = np.asarray(picture(4)).copy()  # rows of pixels as a viewer shows them
# EXIF 2.32, tag 0x0112: where row 0 and column 0 of the stored pixels belong; so each is the stored form of SHOWN.
STORED = {
    1: SHOWN,
    2: SHOWN[:, ::-1],  # row 0 at the top, column 0 at the right
    3: SHOWN[::-1, ::-1],  # bottom, right
    4: SHOWN[::-1],  # bottom, left
    5: SHOWN.transpose(1, 0, 2),  # row 0 at the left, column 0 at the top
    6: SHOWN.transpose(1, 0, 2)[::-1],  # right, top
    7: SHOWN.transpose(1, 0, 2)[::-1, ::-1],  # right, bottom
    8: SHOWN.transpose(1, 0, 2)[:, ::-1],  # left, bottom
}


def turned(kind, orientation, **options):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(Image.fromarray(np.ascontiguousarray(STORED[orientation])), kind, exif=exif, **options)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_picture_is_turned_as_its_exif_data_say(kind, orientation):
    found = picture_of(turned(kind, orientation, **({"lossless": True} if kind == "WEBP" else {})))
    assert np.array_equal(found.pixels, SHOWN.transpose(2, 0, 1))
    assert found.turned == (orientation != 1)


def test_a_jpeg_is_turned_like_a_viewer_turns_it():
    found = picture_of(turned("JPEG", 6, quality=100, subsampling=0))
    assert np.abs(found.pixels.astype(int) - SHOWN.transpose(2, 0, 1)).mean() < 4 and found.turned


def test_damaged_exif_data_turn_nothing():
    for exif in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0", b"\0" * 40):
        found = picture_of(encoded(Image.fromarray(SHOWN), "PNG", exif=exif))
        assert np.array_equal(found.pixels, SHOWN.transpose(2, 0, 1)) and not found.turned


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_turn_that_there_is_not_turns_nothing(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert not picture_of(encoded(Image.fromarray(SHOWN), exif=exif)).turned


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "WEBP", "PNG"])
def test_the_first_of_several_pages_is_taken_and_noticed(kind):
    pages = [Image.new("L", (8, 8), grey) for grey in (10, 200)]
    options = {"lossless": True} if kind == "WEBP" else {}
    several = picture_of(encoded(pages[0], kind, save_all=True, append_images=pages[1:], **options))
    assert int(several.pixels.max()) == 10 and several.first_of_several
    assert not picture_of(encoded(pages[0], kind, **options)).first_of_several


def test_what_was_done_to_images_is_counted_and_told():
    pages = [Image.new("RGB", (8, 8), grey) for grey in ("red", "blue")]
    files = [
        turned("PNG", 6),
        turned("PNG", 1),
        turned("PNG", 3),
        encoded(pages[0], "TIFF", save_all=True, append_images=pages),
    ]
    found = decode_all([Member(str(i), lambda data=data: data) for i, data in enumerate(files)], "'s'", skip_bad=False)
    assert found.notes == [
        "2 images are turned as the EXIF data in them say",
        "1 file has several pages or frames, of which the first is taken",
    ]


def test_images_without_a_turn_decode_as_pillow_decodes_them():
    for kind in ("PNG", "JPEG", "BMP", "TIFF", "GIF", "PPM"):
        data = encoded(Image.fromarray(SHOWN), kind)
        with Image.open(io.BytesIO(data)) as opened:
            assert np.array_equal(decode(data), np.asarray(opened.convert("RGB")).transpose(2, 0, 1))
