"""Sets that are cropped, resized and coloured on their way in: as by hand with Pillow, and part of their identity."""

import numpy as np
import pytest
import tiny_extractor
import torch
from click.testing import CliRunner
from evaluated_sets import files, mixed, png
from image_files import fill, make_zip
from PIL import Image

from ganzoo.cli import cli
from ganzoo.errors import DataError, GanzooError
from ganzoo.evaluation import export_statistics

REAL = tiny_extractor.images(20, seed=9)


def by_hand(image, side, box):
    """Cut a box out of an image ``(3, H, W)`` and resize it, all by Pillow."""
    picture = Image.fromarray(image.permute(1, 2, 0).numpy())
    resized = picture.crop(box).resize((side, side), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(resized)).permute(2, 0, 1)


BOXES = ((0, 0, 8, 8), (2, 0, 12, 10), (0, 5, 6, 11))  # the middle squares of 8x8, 10x14 and 16x6, as Pillow has them


@pytest.fixture(scope="module")
def images():
    return mixed(12, seed=1)


def test_each_image_of_both_sets_is_cropped_and_resized(images, tmp_path, judged):
    fill(tmp_path / "set", files(images))
    expected = torch.stack([by_hand(image, 7, BOXES[i % 3]) for i, image in enumerate(images)])
    found = judged(tmp_path / "set", REAL, size=7, pairs=False)
    same = judged(expected, torch.stack([by_hand(image, 7, BOXES[0]) for image in REAL]), pairs=False)
    assert found.generated.hash == same.generated.hash
    assert found["fid"].value == same["fid"].value
    zipped = judged(make_zip(tmp_path / "set.zip", files(images)), REAL, size=7, pairs=False)
    assert zipped.generated.hash == found.generated.hash


def test_it_is_told_with_the_name_and_the_sizes(images, tmp_path, judged):
    fill(tmp_path / "set", files(images))
    told = judged(tmp_path / "set", REAL, size=(8, 7), crop="none", resize="area", pairs=False).generated
    assert told.name == "set-8x7-none-area" and told.sizes == "8x7x3"
    assert "images are resized to 8 high and 7 wide pixels (area)" in " ".join(told.notes)
    assert "4 images were smaller and are enlarged" in told.notes  # those of 16x6, in width


def test_a_cached_set_is_told_the_same_and_other_sizes_are_other_sets(images, tmp_path, judged):
    fill(tmp_path / "set", files(images))
    sets = [judged(REAL, tmp_path / "set", size=size, pairs=False) for size in (7, np.int64(7), 6, None)]
    assert sets[0].real == sets[1].real and sets[0]["fid"] == sets[1]["fid"]
    assert len({one.real.hash for one in sets}) == 3
    assert any("4 images were smaller and are enlarged" in note for note in sets[1].real.notes)


def test_an_npz_a_tensor_and_an_array_are_fitted_alike(tmp_path, judged):
    pixels = torch.stack(mixed(10, seed=3, sizes=((10, 14),)))
    np.savez(tmp_path / "set.npz", images=pixels.numpy())
    fill(tmp_path / "set", files(list(pixels)))
    sets = [
        judged(one, REAL, size=7, pairs=False).generated
        for one in (tmp_path / "set.npz", pixels, pixels.numpy(), tmp_path / "set")
    ]
    assert {one.hash for one in sets} == {sets[0].hash} and {one.sizes for one in sets} == {"7x7x3"}


def test_a_named_set_is_fitted_as_a_bench_fits_it(judged):
    drawn = torch.zeros(4, 1, 8, 8, dtype=torch.uint8)
    options = {"extractor": "pixels", "replicates": 0, "pairs": False}
    found, whole = (judged(drawn, "digits", size=size, **options) for size in (4, None))
    assert (found.real.name, found.real.sizes) == ("digits-4", "4x4x1") and found.real.hash != whole.real.hash


def test_grey_images_become_rgb_without_another_size(tmp_path, judged):
    grey = torch.randint(0, 256, (6, 1, 8, 8), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    fill(tmp_path / "set", {f"{i}.png": png(image) for i, image in enumerate(grey)})
    found = judged(tmp_path / "set", REAL, grey_to_rgb=True, pairs=False)
    assert found.generated.hash == judged(grey.expand(-1, 3, -1, -1), REAL, pairs=False).generated.hash
    assert "grey images become RGB" in found.generated.notes


def test_statistics_tell_it(images, tmp_path, judged):
    fill(tmp_path / "set", files(images))
    options = {"metrics": ("fid",), "extractor": "tiny", "device": "cpu", "zoo": judged.zoo}
    export_statistics(tmp_path / "set", tmp_path / "stats.npz", size=7, **options)
    found = judged(REAL, tmp_path / "stats.npz", size=7, pairs=False)
    assert found["fid"].value == judged(REAL, tmp_path / "set", size=7, pairs=False)["fid"].value
    assert any("cropped at the center and resized to 7 pixels" in note for note in found.real.notes)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"size": 7, "program": "clean-fid"}, r"leave --size 7 --crop center out, or make a set of that size first"),
        ({"crop": "none"}, "add `--size 64`"),
        ({"size": 0}, "a side is 1 to"),
        ({"size": "64"}, "size is a whole number, not '64'"),
        ({"size": (6, 6, 6)}, r"size is one number, or height and width, not \(6, 6, 6\)"),
        ({"size": (6, 1.5)}, "size is a whole number, not 1.5"),
    ],
)
def test_what_does_not_go_together_is_refused(options, said, judged):
    with pytest.raises(GanzooError, match=said):
        judged(REAL, REAL, **{"extractor": None, **options})


def test_points_have_no_size(judged):
    with pytest.raises(DataError, match=r"holds points, which have no size: leave --size 8 --crop center out"):
        judged(torch.zeros(9, 2, 1, 1), torch.zeros(9, 2, 1, 1), size=8)


def test_the_command_takes_them(images, tmp_path):
    fill(tmp_path / "set", files(images))
    words = ["--size", "8x7", "--crop", "none", "--grey-to-rgb", "--extractor", "pixels", "--device", "cpu"]
    sets = [str(tmp_path / "set"), str(tmp_path / "set")]
    done = CliRunner().invoke(cli, ["--no-plugins", "eval", *sets, *words, "--replicates", "0"])
    assert done.exit_code == 0, done.output
    assert "12 images of 8x7x3" in done.stdout
    alone = CliRunner().invoke(cli, ["--no-plugins", "eval", sets[0], *words])
    assert alone.exit_code == 2 and "says how two sets are compared" in alone.stderr
