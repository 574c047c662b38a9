"""DiffAugment, with each random draw replaced by the same formula in both."""

import importlib
import warnings
from collections.abc import Callable
from pathlib import Path

from ganzoo_plugins.augmentation.diffaugment import DiffAugment
from torch import Tensor

from ..clone import imported_from
from ..draws import formula_draws
from ..formula import images
from ..networks import differentiated
from ..subject import Subject, Values

SIZES = (8, 15, 32)  # an odd one, where cutout and translation round
POLICIES = {"color": ["color"], "translation": ["translation"], "cutout": ["cutout"]}
POLICIES["color,translation,cutout"] = ["color", "translation", "cutout"]


def values(view: Callable[[str], Callable[[Tensor], Tensor]], mirrored: bool) -> Values:
    """Give augmented images and gradients through the augmentation, of three channels and of one.

    Args:
        view: the augmentation of a policy.
        mirrored: draw shifts from the other end.
    """
    found: dict[str, Tensor] = {}
    for policy in POLICIES:
        for size, channels in ((SIZES[0], 3), (SIZES[1], 1), (SIZES[2], 3)):
            x = images("x", 6, channels, size).requires_grad_()
            with formula_draws(mirrored):
                y = view(policy)(x)
            found |= differentiated(f"{policy}, {size}x{size}x{channels}", y, {"x": x})
    return found


def ours() -> Values:
    """Run ours."""
    return values(lambda policy: DiffAugment(POLICIES[policy]).view, mirrored=True)


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    with imported_from(clone), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.meshgrid without indexing=
        augment = importlib.import_module("DiffAugment_pytorch").DiffAugment
        return values(lambda policy: lambda x: augment(x, policy), mirrored=False)


SUBJECT = Subject(
    title="DiffAugment: color, translation, cutout, and all three",
    repository="mit-han-lab/data-efficient-gans",
    licence="BSD-2-Clause",
    files=("DiffAugment_pytorch.py",),
    ran="as it is, on a CPU in float64",
    compared="augmented images and gradients through the augmentation, for each policy and all together, at 8x8x3, "
    "15x15x1 and 32x32x3, with the same draws",
    departs="a shift drawn as s moves ours by s and theirs by -s; the draws are symmetric, and were mirrored here",
    ours=ours,
    theirs=theirs,
)
