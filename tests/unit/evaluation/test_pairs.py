"""Sets of pairs: files of the same name belong to each other, and others are refused."""

import pytest
import tiny_extractor
import torch
from evaluated_sets import features, files, mixed
from image_files import fill

from ganzoo.errors import MetricError


def test_files_of_the_same_name_are_pairs(tmp_path, judged):
    fake, real = mixed(12, seed=1), mixed(12, seed=2)
    fill(tmp_path / "fake", files(fake)), fill(tmp_path / "real", files(real))
    found = judged(tmp_path / "fake", tmp_path / "real", metrics=("paired", "diversity"), pairs=False)
    one, other = (torch.from_numpy(features(images)) for images in (fake, real))
    assert found["paired"].value == pytest.approx(float((one - other).square().sum(1).mean()), rel=1e-5)
    within = torch.pdist(one).square().mean()
    assert found["diversity"].value == pytest.approx(float(within), rel=1e-5)
    assert found["diversity"].real == pytest.approx(float(torch.pdist(other).square().mean()), rel=1e-5)


def test_other_names_and_numbers_are_refused(tmp_path, judged):
    images = files(mixed(6))
    fill(tmp_path / "fake", images)
    fill(tmp_path / "real", {name if name != "0003.png" else "0003b.png": data for name, data in images.items()})
    with pytest.raises(MetricError, match=r"same name, and '0003.png' stands where '0003b.png' does"):
        judged(tmp_path / "fake", tmp_path / "real", metrics=("paired",))
    with pytest.raises(MetricError, match="6 generated images and 20 real ones"):
        judged(tmp_path / "fake", tiny_extractor.images(20), metrics=("paired",))


def test_metrics_that_look_at_pairs_themselves_need_no_extractor(judged):
    """PSNR and SSIM of two sets, each image beside the one of its place."""
    from ganzoo_plugins.paired_metrics.psnr import PeakSignalToNoise

    real, fake = tiny_extractor.images(20, size=16), tiny_extractor.images(20, seed=1, size=16)
    found = judged(fake, real, metrics=("psnr", "ssim"))
    wanted = PeakSignalToNoise().look(fake, real)["value"]
    assert found["psnr"].value == pytest.approx(float(wanted.mean()), rel=1e-6)
    assert found["psnr"].floor is None and found["psnr"].real is None and found["psnr"].label == "PSNR (dB)"
    assert -1 < found["ssim"].value < 1
    both = judged(fake, real, metrics=("psnr", "fid"))
    assert both["psnr"].value == found["psnr"].value and both["fid"].value > 0


def test_pairs_of_several_sizes_are_looked_at_size_by_size(judged, tmp_path):
    """Each image is compared with that of its file's name, which has its size."""
    sizes = (16, 16, 12, 12)
    real, fake = (
        [tiny_extractor.images(1, seed=seed + place, size=size)[0] for place, size in enumerate(sizes)]
        for seed in (0, 50)
    )
    for name, images in (("real", real), ("fake", fake)):
        fill(tmp_path / name, files(images))
    from ganzoo_plugins.paired_metrics.psnr import PeakSignalToNoise

    each = [PeakSignalToNoise().look(one[None], other[None])["value"] for one, other in zip(fake, real, strict=True)]
    found = judged(tmp_path / "fake", tmp_path / "real", metrics=("psnr",))
    assert found["psnr"].value == pytest.approx(float(torch.cat(each).mean()), rel=1e-6)
