"""Pictures made from pictures, as data."""

import numpy as np
import pytest
import torch
from ganzoo_plugins.image_pairs.made import Edges, Grey, LeftHalf, LowSize
from ganzoo_plugins.image_pairs.stored import Pairs
from PIL import Image

from ganzoo.errors import DataError
from ganzoo.interfaces import Rows

MADE = [LowSize, Grey, Edges, LeftHalf]
ALL = [Pairs, *MADE]


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(n=4, channels=3, height=8, width=8, seed=0):
    return torch.randint(256, (n, channels, height, width), dtype=torch.uint8, generator=rng(seed))


def unit(x):
    return x.float() / 127.5 - 1


@pytest.mark.parametrize("cls", ALL)
def test_a_modality_offers_what_it_says_and_plays_its_example(cls):
    modality = cls()
    for conditional in (False, True):
        offered = modality.offers(conditional=conditional)
        assert offered.keys() == cls.offered
        assert offered["given_channels"] == (modality.channels_given if conditional else 0)
    row = modality.example(3)
    x, y = modality.play(row, flips=True, rng=rng())
    assert x.shape == (3, 3, 32, 32)
    assert y.shape[:2] == (3, modality.channels_given)
    assert torch.equal(modality.rest(unit(row["x"])), row["x"])
    assert modality.picture(row["x"], row["x"], y).startswith(b"\x89PNG")
    assert modality.picture(row["x"], None, None).startswith(b"\x89PNG")
    assert modality.picture_of_data(row["x"], y).startswith(b"\x89PNG")
    assert torch.equal(modality.as_images(row["x"]), row["x"])


@pytest.mark.parametrize("cls", ALL)
def test_one_coin_mirrors_both(cls):
    """A mirrored pair is the pair of the mirrored pictures; half of the pairs are."""
    modality = cls(image_size=8)
    row = {"x": pictures(200)} | ({"y": pictures(200, seed=1)} if cls is Pairs else {})
    plain, y = modality.play(row, flips=False, rng=rng())
    assert torch.equal(y, modality.condition(row))
    turned = {name: field.flip(3) for name, field in row.items()}
    other, of_other = modality.play(turned, flips=False, rng=rng())
    x, given = modality.play(row, flips=True, rng=rng())
    is_turned = (x == other).flatten(1).all(1)
    assert 70 < int(is_turned.sum()) < 130  # four standard deviations of 7 about 100
    choose = is_turned.view(-1, 1, 1, 1)
    assert torch.equal(x, torch.where(choose, other, plain))
    assert torch.equal(given, torch.where(choose, of_other, y))


def test_the_low_size_of_a_flat_picture_is_flat():
    flat = torch.full((1, 3, 8, 8), 77, dtype=torch.uint8)
    given = LowSize(image_size=8, factor=2).condition({"x": flat})
    assert torch.equal(given, unit(torch.full((1, 3, 4, 4), 77)))


def test_the_low_size_is_pillows_bicubic():
    x = pictures(1, 1, 16, 16)
    want = np.asarray(Image.fromarray(x[0, 0].numpy()).resize((4, 4), Image.Resampling.BICUBIC))
    got = LowSize(image_size=16, channels=1, factor=4).condition({"x": x})[0, 0].add(1).mul(127.5)
    assert np.abs(got.numpy() - want).max() <= 1.01  # both round to bytes


def test_grey_is_pillows_luma():
    x = pictures(2)
    want = np.stack([np.asarray(Image.fromarray(one.permute(1, 2, 0).numpy()).convert("L")) for one in x])
    got = Grey(image_size=8).condition({"x": x})[:, 0].add(1).mul(127.5)
    assert np.abs(got.numpy() - want).max() <= 0.51


def test_edges_of_a_step():
    """From black to white between columns 3 and 4: the full length on either side of it, and nothing elsewhere."""
    x = torch.zeros(1, 1, 5, 8, dtype=torch.uint8)
    x[..., 4:] = 255
    want = torch.full((1, 1, 5, 8), -1.0)
    want[..., 3:5] = 1.0
    assert torch.allclose(Edges(image_size=(5, 8), channels=1).condition({"x": x}), want)
    assert torch.allclose(Edges(image_size=(8, 5), channels=1).condition({"x": x.mT}), want.mT)


def test_a_grey_step_has_its_height():
    x = torch.full((1, 1, 3, 4), 51, dtype=torch.uint8)
    x[..., 2:] = 102  # a fifth of the way from black to white
    assert Edges(image_size=(3, 4), channels=1).condition({"x": x})[0, 0, 1].tolist() == pytest.approx(
        [-1, -0.6, -0.6, -1]
    )


def test_the_left_half_is_given():
    x = pictures(2, 1, 4, 6)
    given = LeftHalf(image_size=(4, 6), channels=1).condition({"x": x})
    assert torch.equal(given[..., :3], unit(x)[..., :3])
    assert (given[..., 3:] == -1).all()


# -- from other data -------------------------------------------------------------------------------------------


def rows(channels=3, size=8):
    modality = Pairs(image_size=size, channels=channels)
    return Rows(modality, {"x": pictures(4, channels, size, size).numpy(), "y": np.arange(4)}, ("a", "b", "c", "d"))


@pytest.mark.parametrize("cls", MADE)
def test_pictures_are_taken_from_other_data(cls):
    found = cls.of(rows(size=16))
    assert type(found.modality) is cls
    assert (found.modality.image_size, found.modality.channels) == (16, 3)
    assert found.fields.keys() == {"x"}
    assert found.classes == ()


@pytest.mark.parametrize("cls", MADE)
def test_what_is_no_picture_is_not_taken(cls):
    points = Rows(Pairs(), {"x": np.zeros((5, 2, 1, 1), dtype=np.float32)})
    assert cls.of(points) is None


@pytest.mark.parametrize(("size", "factor"), [(8, 2), (28, 2), (32, 4), (64, 4), (34, 2)])
def test_the_factor_of_the_low_size(size, factor):
    assert LowSize.of(rows(size=size)).modality.factor == factor


def test_an_odd_size_has_no_half():
    with pytest.raises(DataError, match="7 pixels have no half size"):
        LowSize.of(rows(size=7))


def test_grey_pictures_have_no_colours():
    with pytest.raises(DataError, match="grey, and nothing is wanted of them"):
        Grey.of(rows(channels=1))


# -- folders ---------------------------------------------------------------------------------------------------


def save(folder, name, pixels):
    folder.mkdir(parents=True, exist_ok=True)
    data = pixels.numpy()
    Image.fromarray(data[0] if len(data) == 1 else data.transpose(1, 2, 0)).save(folder / name)


def test_folders_a_and_b(tmp_path):
    given, wanted = pictures(3, 1), pictures(3, seed=1)
    for i in (2, 0, 1):
        save(tmp_path / "A", f"{i}.png", given[i])
        save(tmp_path / "B", f"{i}.png", wanted[i])
    found = Pairs.read(tmp_path)
    assert found.modality == Pairs(image_size=8, channels=3, given_channels=1)
    assert np.array_equal(found.fields["x"], wanted)
    assert np.array_equal(found.fields["y"], given)


def test_a_folder_train_is_read(tmp_path):
    for part, seed in (("train", 0), ("test", 1)):
        save(tmp_path / part / "A", "1.png", pictures(1, seed=seed)[0])
        save(tmp_path / part / "B", "1.png", pictures(1, seed=seed)[0])
    assert np.array_equal(Pairs.read(tmp_path).fields["x"], pictures(1))
    assert np.array_equal(Pairs.read_held_out(tmp_path).fields["x"], pictures(1, seed=1))
    assert Pairs.read_held_out(tmp_path / "train") is None


def test_pictures_side_by_side(tmp_path):
    both = pictures(2, 3, 4, 8)
    for i, one in enumerate(both):
        save(tmp_path, f"{i}.png", one)
    found = Pairs.read(tmp_path)
    assert found.modality == Pairs(image_size=4, channels=3, given_channels=3)
    assert np.array_equal(found.fields["y"], both[..., :4])
    assert np.array_equal(found.fields["x"], both[..., 4:])


def test_other_folders_are_no_pairs(tmp_path):
    assert Pairs.read(tmp_path) is None
    save(tmp_path, "1.png", pictures(1)[0])
    assert Pairs.read(tmp_path) is None
    assert Pairs.read(tmp_path / "1.png") is None


def test_a_picture_without_a_partner(tmp_path):
    save(tmp_path / "A", "1.png", pictures(1)[0])
    save(tmp_path / "A", "2.png", pictures(1)[0])
    save(tmp_path / "B", "1.png", pictures(1)[0])
    with pytest.raises(DataError, match=r"A.2\.png has no partner in .*B"):
        Pairs.read(tmp_path)


@pytest.mark.parametrize(("width", "said"), [(6, r"2\.png has 6x8 pixels, and .*1\.png has 8x8")])
def test_pictures_of_other_sizes(tmp_path, width, said):
    for name, across in (("1.png", 8), ("2.png", width)):
        for side in "AB":
            save(tmp_path / side, name, pictures(1, width=across)[0])
    with pytest.raises(DataError, match=said):
        Pairs.read(tmp_path)


def test_a_broken_picture(tmp_path):
    for side in "AB":
        save(tmp_path / side, "1.png", pictures(1)[0])
    (tmp_path / "A" / "1.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(DataError, match=r"1\.png is no picture that can be read"):
        Pairs.read(tmp_path)
