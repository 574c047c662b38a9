"""Files are chosen and decoded as torch-fidelity, pytorch-fid and clean-fid do it; how they resize has certificates."""

import glob
import io
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_extractor
import torch
from evaluated_sets import files, mixed, png
from ganzoo_plugins.fidelity.preprocessing import PREPROCESSING
from image_files import fill
from PIL import Image

from ganzoo.data.pictures.picture import decode_stored
from ganzoo.errors import GanzooError
from ganzoo.evaluation import programs
from ganzoo.evaluation.programs import PROGRAMS, programs_of

TREE = (
    "a.png",
    "B.PNG",
    "c.JPG",
    "d.jpeg",
    "e.webp",
    "f.bmp",
    "g.txt",
    "sub/h.png",
    "sub/deep/i.JPEG",
    "j.tif",
    "k.gif",
)


def chosen(name):
    return {file for file in TREE if PROGRAMS[name].reads(file)}


def test_files_are_those_of_torch_fidelity(tmp_path):
    from torch_fidelity.utils import glob_samples_paths

    fill(tmp_path, dict.fromkeys(TREE, b""))
    found = glob_samples_paths(str(tmp_path), False, "png,jpg,jpeg", None, verbose=False)
    assert {Path(path).relative_to(tmp_path).as_posix() for path in found} == chosen("torch-fidelity")


@pytest.mark.parametrize(
    ("name", "endings", "pattern"),
    [
        ("pytorch-fid", "bmp jpg jpeg pgm png ppm tif tiff webp", "*.{}"),  # fid_score.py, IMAGE_EXTENSIONS
        ("clean-fid", "bmp jpg jpeg pgm png ppm tif tiff webp JPEG JPG PNG", "**/*.{}"),  # utils.py, fid.py
    ],
)
def test_files_are_those_of_their_patterns(tmp_path, name, endings, pattern):
    fill(tmp_path, dict.fromkeys(TREE, b""))
    found = {
        os.path.relpath(path, tmp_path)
        for end in endings.split()
        for path in glob.glob(str(tmp_path / pattern.format(end)), recursive=True)  # noqa: PTH207 - as they do
    }
    assert found == chosen(name)


def test_a_picture_is_taken_as_it_is_stored():
    """Transparency is dropped, and EXIF's turn is not made: what Pillow's conversion gives."""
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 256, (6, 9, 4), dtype=np.uint8))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(out, "PNG", exif=exif)
    assert (decode_stored(out.getvalue()) == np.asarray(picture)[..., :3].transpose(2, 0, 1)).all()


@pytest.mark.parametrize("name", PREPROCESSING)
def test_a_constant_stays_one_and_ends_are_where_the_network_wants_them(name):
    for value, there in ((0, -1.0), (128, 0.0), (255, 1.0)):
        seen = PREPROCESSING[name](torch.full((2, 3, 7, 11), value, dtype=torch.uint8))
        assert seen.shape == (2, 3, 299, 299)
        assert seen.std() < 1e-6
        assert seen.mean().item() == pytest.approx(there, abs=0.01)


def test_an_image_of_the_networks_size_is_only_scaled():
    image = torch.randint(0, 256, (1, 3, 299, 299), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    exact = (image.float() - 128) / 128
    for name in ("torch-fidelity", "clean-fid"):
        assert torch.allclose(PREPROCESSING[name](image), exact, atol=1e-6)
    assert torch.allclose(PREPROCESSING["pytorch-fid"](image), image.float() / 127.5 - 1, atol=1e-6)


def test_programs_side_by_side_tell_how_they_differ(tmp_path, judged, monkeypatch):
    tiny = {name: replace(program, extractor="tiny") for name, program in PROGRAMS.items()}
    monkeypatch.setattr(programs, "PROGRAMS", tiny)
    top, below = mixed(12, seed=1), mixed(8, seed=2)
    fill(tmp_path / "fake", files(top) | {f"sub/{i}.png": png(image) for i, image in enumerate(below)})
    real = tiny_extractor.images(30)
    found = judged(tmp_path / "fake", real, extractor=None, metrics=None, program="torch-fidelity, clean-fid")
    one, other = found.programs
    assert list(found.metrics) == ["fid"]
    assert (one.name, one.generated, other.name, other.generated) == ("torch-fidelity", 12, "clean-fid", 20)
    assert one.metrics["fid"] == found["fid"].value != other.metrics["fid"]
    alone = judged(tmp_path / "fake", real, metrics=("fid",))
    assert other.metrics["fid"] == pytest.approx(alone["fid"].value)
    said = next(fact for fact in found.facts if fact.startswith("as clean-fid"))
    assert f"({other.metrics['fid'] - one.metrics['fid']:+.3g})" in said
    assert "of 20 generated and 30 real images" in said
    assert "bicubic as Pillow" in said
    assert any("8 images that torch-fidelity does not read" in note for note in found.notes)


def test_what_cannot_be_reproduced_is_told():
    with pytest.raises(GanzooError, match="did you mean 'clean-fid'"):
        programs_of("cleanfid")
    assert programs_of(None) == []
    assert [one.name for one in programs_of(["clean-fid", "clean-fid", "pytorch-fid"])] == ["clean-fid", "pytorch-fid"]


def test_an_extractor_beside_a_program_is_refused(judged):
    images = tiny_extractor.images(20)
    with pytest.raises(
        GanzooError, match="has an extractor of its own, inception-clean-fid: leave --extractor tiny out"
    ):
        judged(images, images, program="clean-fid")
