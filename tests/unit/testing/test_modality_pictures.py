"""The checks of a modality's pictures and files find what is wrong with them."""

import dataclasses

import pytest
import torch
from drawn_modality import Bodies, Drawn

from ganzoo.testing.kinds.modalities import _check_files, _check_pictures


def changed(**methods):
    """The modality that is drawn, with methods of its own."""
    return dataclasses.dataclass(frozen=True)(type("Changed", (Drawn,), methods))()


@pytest.mark.parametrize("modality", [Bodies(), Drawn()])
def test_what_is_right_passes(modality):
    _check_pictures(modality)
    _check_files(modality)


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ({"picture": lambda self, fake, real, y: b"GIF89a"}, "picture gives no bytes of a PNG"),
        ({"ways": lambda self, fake, steps: b""}, "ways gives no bytes of a PNG"),
        (
            {"picture": lambda self, fake, real, y: None if real is None else Drawn.picture(self, fake, real, y)},
            "only with, or only without, real ones",
        ),
        ({"as_images": lambda self, sample: torch.zeros(6, 8, 8)}, r"as_images gives torch.float32 of \(6, 8, 8\)"),
        ({"pictured": 0}, "a picture shows 0 samples"),
    ],
)
def test_a_broken_picture_is_found(methods, said):
    with pytest.raises(AssertionError, match=said):
        _check_pictures(changed(**methods))


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ({"arrays": lambda self, sample: {}}, "arrays names no array"),
        ({"arrays": lambda self, sample: {"a": sample["a"][:1]}}, "other than 6 rows"),
        ({"endings": (".csv",)}, r"write does not write \.csv"),
        ({"endings": ("TXT",)}, "'TXT' is not like"),
        ({"write": lambda self, sample, path: True}, "leaves no file x.txt"),
    ],
)
def test_a_broken_file_is_found(methods, said):
    with pytest.raises(AssertionError, match=said):
        _check_files(changed(**methods))
