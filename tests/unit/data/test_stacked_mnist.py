"""Three digits as the colours of one image: the datasets, and what tells their 1,000 modes apart."""

import numpy as np
import pytest
import torch
from ganzoo_plugins.mnist.dataset import Mnist
from ganzoo_plugins.mnist.extractor import MnistExtractor
from ganzoo_plugins.mnist.stacked import StackedMnist, StackedMnist32
from ganzoo_plugins.mnist.stacked_extractor import StackedMnistExtractor

from ganzoo.errors import DataError, MetricError
from ganzoo.interfaces.data import Images


def idx(array):
    return bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes() + array.astype(np.uint8).tobytes()


LABELS = np.array([7, 0, 4, 1, 9, 2, 1, 3, 6, 5, 8])


@pytest.fixture
def paths(tmp_path):
    """Files of digits whose pixels all say which image they are: 10, 20, ..."""
    images = np.broadcast_to((10 * np.arange(1, 12))[:, None, None], (11, 28, 28))
    made = {}
    for file, array in zip(Mnist.files, (images, LABELS), strict=True):
        made[file.name] = tmp_path / file.name
        made[file.name].write_bytes(idx(array))
    return made


class Few(StackedMnist):
    count = 500


class Few32(StackedMnist32):
    count = 500


def test_there_are_as_many_as_in_the_papers():
    for dataset in (StackedMnist, StackedMnist32):
        assert (dataset.count, dataset.samples) == (128_000, 26_000)
        assert dataset.metrics == ("modes", "high-quality", "reverse-kl")
        assert dataset.extractor == "stacked-mnist"
        assert dataset.files == Mnist.files


def test_a_label_is_what_the_three_digits_write(paths):
    found = Few().read(paths)
    assert (found.pixels.shape, found.pixels.dtype) == ((500, 3, 28, 28), np.uint8)
    assert (found.pixels == found.pixels[:, :, :1, :1]).all()
    which = found.pixels[:, :, 0, 0] // 10 - 1
    by_hand = [100 * int(LABELS[r]) + 10 * int(LABELS[g]) + int(LABELS[b]) for r, g, b in which]
    assert found.labels.tolist() == by_hand and found.labels.dtype == np.int64
    assert len(found.classes) == 1000 and found.classes[:2] == ("000", "001") and found.classes[-1] == "999"


def test_every_image_is_drawn_for_every_channel(paths):
    which = Few().read(paths).pixels[:, :, 0, 0]
    for channel in range(3):
        assert len(set(which[:, channel].tolist())) == 11
    assert len({tuple(row) for row in which.tolist()}) > 350  # of 1,331 stacks, 500 times: 417 on average


def test_the_larger_ones_are_the_same_in_a_black_frame(paths):
    small, large = Few().read(paths), Few32().read(paths)
    assert large.pixels.shape == (500, 3, 32, 32)
    assert np.array_equal(large.pixels[:, :, 2:-2, 2:-2], small.pixels)
    frame = large.pixels.copy()
    frame[:, :, 2:-2, 2:-2] = 0
    assert not frame.any()
    assert np.array_equal(large.labels, small.labels)


def test_stacks_are_the_same_every_time_and_in_numpys_promised_order(paths):
    first, second = Few().read(paths), Few().read(paths)
    assert first.pixels.tobytes() == second.pixels.tobytes() and first.labels.tobytes() == second.labels.tobytes()
    assert (first.pixels[:4, :, 0, 0] // 10 - 1).tolist() == [[5, 0, 3], [3, 7, 9], [3, 5, 2], [4, 7, 6]]


def test_files_of_another_dataset_are_refused(paths, tmp_path):
    fashion = np.array([9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 1])
    paths[Mnist.files[1].name].write_bytes(idx(fashion))
    with pytest.raises(DataError, match="has the labels of Fashion-MNIST"):
        Few().read(paths)


# -- the extractor -----------------------------------------------------------------------------------------------


class Answers(torch.nn.Module):
    """Instead of the classifier: an image's digit is its brightness over 20, and the surer the nearer to that."""

    def forward(self, grey):
        brightness = (grey.mean((1, 2, 3)) + 1) * 127.5 / 20
        logits = -20 * (brightness[:, None] - torch.arange(10.0)).square()
        return grey.flatten(1)[:, :64], logits


@pytest.fixture
def extractor():
    made = StackedMnistExtractor()
    made.network = Answers()
    return made


def plain(*rows, side=28):
    return torch.tensor(rows, dtype=torch.uint8)[:, :, None, None].expand(-1, -1, side, side)


def test_a_mode_is_the_number_that_the_digits_write(extractor):
    seen = extractor(plain((20, 40, 60), (0, 0, 0), (180, 180, 180), (100, 0, 140)))
    assert seen["mode"].tolist() == [[123], [0], [999], [507]]
    assert seen["quality"].tolist() == [[1], [1], [1], [1]]


def test_one_unsure_digit_spoils_the_quality_and_not_the_mode(extractor):
    # Between two digits at 20 (b - k)^2: at 0.45 of a step the odds are exp(20 (0.55^2 - 0.45^2)) = e^2, 88 to 12;
    # at 0.40 they are e^4, 98 to 2.
    seen = extractor(plain((20, 40, 69), (29, 40, 60), (20, 48, 60)))
    assert seen["mode"].tolist() == [[123], [123], [123]]
    assert seen["quality"].tolist() == [[0], [0], [1]]


@pytest.mark.parametrize("side", [8, 28, 32])
def test_grey_counts_for_all_three_and_any_size_is_seen(extractor, side):
    grey, colour = extractor(plain((60,), side=side)), extractor(plain((60, 60, 60), side=side))
    assert grey["mode"].tolist() == [[333]]
    assert all(torch.equal(grey[key], colour[key]) for key in grey)


def test_another_number_of_channels_is_refused(extractor):
    with pytest.raises(MetricError, match="sees images of 1 or 3 channels, not of 2"):
        extractor(plain((1, 2)))


def test_of_32_pixels_the_frame_is_not_seen():
    extractor = StackedMnistExtractor()
    images = torch.randint(0, 256, (5, 3, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    plain, framed = extractor(images), extractor(torch.nn.functional.pad(images, (2, 2, 2, 2), value=77))
    assert all(torch.equal(plain[key], framed[key]) for key in plain)


def test_each_channel_is_seen_as_the_extractor_of_mnist_sees_it():
    images = torch.randint(0, 256, (5, 3, 36, 36), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    stacked, single = StackedMnistExtractor(), MnistExtractor()
    assert stacked.weights_path(None) == single.weights_path(None)
    with torch.no_grad():
        seen = stacked(images)
        alone = [single(images[:, channel : channel + 1]) for channel in range(3)]
    assert (seen["features"].shape, seen["logits"].shape) == ((5, 192), (5, 30))
    for key in ("features", "logits"):
        torch.testing.assert_close(seen[key], torch.cat([one[key] for one in alone], 1))
    digits = torch.stack([one["logits"].argmax(1) for one in alone], 1).tolist()
    assert seen["mode"].flatten().tolist() == [100 * r + 10 * g + b for r, g, b in digits]


def test_real_digits_stacked_are_told_apart():
    from ganzoo_plugins.digits.dataset import Digits

    found: Images = Digits().read({})
    framed = np.pad(found.pixels[:600, 0], ((0, 0), (2, 2), (2, 2)))  # as MNIST leaves a margin
    picks = np.random.RandomState(1).randint(600, size=(200, 3))
    labels = found.labels[picks] @ np.array((100, 10, 1))
    with torch.no_grad():
        mode = StackedMnistExtractor()(torch.from_numpy(framed[picks]))["mode"][:, 0]
    right = float((mode == torch.from_numpy(labels)).double().mean())
    assert right > 0.3  # it is right on some 0.7 to 0.8 of these foreign digits one by one
