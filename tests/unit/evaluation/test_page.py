"""The page of two sets holds both, their pairs and the numbers, and needs nothing else."""

import base64
import io
import re

import numpy as np
import pytest
import tiny_extractor
import torch
from evaluated_sets import files, mixed
from image_files import fill
from PIL import Image

from ganzoo.evaluation import export_statistics
from ganzoo.evaluation.page import SIDE, _thumbnail


def pictures(text):
    """The page's images in order: their alternative texts and their pixels."""
    found = re.findall(r'<img src="data:image/png;base64,([^"]+)" alt="([^"]*)"', text)
    return [(alt, np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))) for data, alt in found]


@pytest.fixture
def page(tmp_path, judged):
    fill(tmp_path / "fake", files(mixed(20, seed=1)))
    fill(tmp_path / "real", files(mixed(25, seed=2)))
    found = judged(tmp_path / "fake", tmp_path / "real", metrics=("fid", "fid-infinity"), report=tmp_path / "page.html")
    return found, (tmp_path / "page.html").read_text()


def test_it_has_numbers_facts_and_identity(page):
    found, text = page
    assert f"{found['fid'].value:.3g}" in text
    for said in ("FD[tiny]@20", found.identity["sha256"], found.generated.hash, found.real.hash, "fake against real"):
        assert said in text


def test_it_needs_nothing_from_elsewhere(page):
    _, text = page
    assert re.findall(r'(?:src|href)="(?!data:)', text) == []
    assert "http" not in re.sub(r"http-equiv", "", text)
    assert "<script" not in text


def test_pairs_are_shown_by_their_own_pixels(page):
    found, text = page
    shown = pictures(text)
    fake, real = mixed(20, seed=1), mixed(25, seed=2)
    pairs = [*found.pairs.nearest, *found.pairs.farthest]
    assert len(shown) == 2 + 2 * len(pairs) + 1  # both sets, the pairs, and the fit of FD∞
    for pair, (one, generated), (other, true) in zip(pairs, shown[2::2], shown[3::2], strict=False):
        assert (one, other) == (pair.generated, pair.real)
        assert (generated == fake[pair.generated_place].permute(1, 2, 0).numpy()).all()
        assert (true == real[pair.real_place].permute(1, 2, 0).numpy()).all()


def test_images_of_any_size_fit_into_a_square_in_their_proportions():
    """A bar of 10x2 is enlarged six times and lies in the middle; a large image becomes smaller."""
    image = torch.zeros(3, 2, 10, dtype=torch.uint8)
    drawn = _thumbnail(image)
    dark = (drawn == 0).all(0)
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    assert (len(rows), len(columns)) == (12, 60)
    assert abs(rows[0] + rows[-1] + 1 - SIDE) <= 1
    assert _thumbnail(torch.zeros(1, 300, 150, dtype=torch.uint8)).shape == (3, SIDE, SIDE)


def test_names_of_files_are_text_on_the_page(tmp_path, judged):
    images = mixed(6, sizes=((8, 8),))
    named = {f"<i>{i}&.png": data for i, data in enumerate(files(images).values())}
    fill(tmp_path / "fake", named)
    judged(tmp_path / "fake", tiny_extractor.images(10), report=tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "<i>0" not in text
    assert "&lt;i&gt;0&amp;.png" in text


def test_against_statistics_it_shows_the_generated_set_alone(tmp_path, judged):
    options = {"metrics": ("fid",), "extractor": "tiny", "device": "cpu", "zoo": judged.zoo}
    export_statistics(tiny_extractor.images(30), tmp_path / "stats.npz", **options)
    judged(tiny_extractor.images(20), tmp_path / "stats.npz", report=tmp_path / "page.html")
    shown = pictures((tmp_path / "page.html").read_text())
    assert [alt for alt, _ in shown] == ["generated: tensor, 20 of 20"]


def test_points_are_drawn_as_points(tmp_path, judged):
    points = torch.randn(200, 2, 1, 1, generator=torch.Generator().manual_seed(0))
    judged(points, "ring", extractor="ring", metrics=("fid",), report=tmp_path / "page.html")
    shown = pictures((tmp_path / "page.html").read_text())
    assert [alt.split(":")[0] for alt, _ in shown] == ["generated", "real"]
    assert all(pixels.std() > 0 for _, pixels in shown)
