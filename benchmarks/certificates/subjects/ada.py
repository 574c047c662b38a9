"""ADA's augmentations: where each pixel comes from, and its colours, for the same draws in both."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from ganzoo_plugins.augmentation.ada import ADA
from ganzoo_plugins.augmentation.ada_colour import recoloured
from ganzoo_plugins.augmentation.ada_placement import Placement
from torch import Tensor

from ..clone import run_statements
from ..draws import double_by_default, formula_draws
from ..formula import images, uniform
from ..networks import differentiated
from ..subject import Subject, Values
from ._nvidia import in_double

BATCH, SIZE = 24, 32
STRENGTHS = (0.4, 1.0)
TURNS, RAMP = range(40), 1.0  # of the discriminator; thousand images in which p goes from 0 to 1
BLIT = ("xflip", "rotate90", "xint")
GEOMETRY = ("scale", "rotate", "aniso", "xfrac")
COLOR = ("brightness", "contrast", "lumaflip", "hue", "saturation")
CHAINS = {"blit": BLIT, "geometry": GEOMETRY, "blit and geometry": (*BLIT, *GEOMETRY)}


def moved(x: Tensor) -> Tensor:
    """Move images by the whole pixels that the formula draws, through ours."""
    shift = ((torch.rand([len(x), 2]) * 2 - 1) * (SIZE * 0.125)).round()
    return Placement.unmoved(x).shifted(shift).carried_out(x)


def shown(view: Callable[[Tensor], Tensor], case: str, channels: int, size: int) -> dict[str, Tensor]:
    """Give augmented images and the gradients through the augmentation."""
    x = images("x", BATCH, channels, size).requires_grad_()
    with formula_draws():
        y = view(x)
    return differentiated(case, y, {"x": x})


def ours() -> Values:
    """Run ours."""
    found: dict[str, Any] = followed() | shown(moved, "images moved by whole pixels", 3, SIZE)
    for p in STRENGTHS:
        ada = ADA(p=p).double()
        ada.p.fill_(p)
        x = images("x", BATCH, 3, SIZE)
        for name, chain in CHAINS.items():
            with formula_draws():
                place = Placement.unmoved(x)
                place = ada.blitted(place, x) if BLIT[0] in chain else place
                place = ada.deformed(place, x) if GEOMETRY[0] in chain else place
            found |= {f"matrices of {name}, p = {p}": place.A, f"offsets of {name}, p = {p}": place.b}
        for channels in (3, 1):
            case = f"colours of {channels}, p = {p}"
            found |= shown(lambda x, ada=ada: recoloured(x, **ada.colours(x)), case, channels, SIZE // 4)
    return found


def verdicts(turn: int) -> Tensor:
    """Give verdicts on a batch of real images, at first of both signs, then nearly all above 0."""
    return uniform(f"verdicts {turn}", (BATCH,)) - (0.5 if turn < len(TURNS) / 2 else 0.05)


def followed() -> dict[str, Tensor]:
    """Give p after each turn, from what ours makes of the verdicts."""
    with double_by_default():
        adaptive = ADA(p=0.3, target=0.6, interval=4, kimg=RAMP).double().adaptive
        found = []
        for turn in TURNS:
            adaptive.follow(verdicts(turn))
            found.append(adaptive.p.clone())
    return {"p of each turn": torch.stack(found)}


def followed_by_theirs(clone: Path) -> dict[str, Tensor]:
    """Give the same from the statements of their training loop that set p."""
    misc, pipe = importlib.import_module("torch_utils.misc"), SimpleNamespace(p=torch.tensor(0.3))
    found, signs = [], []
    for turn in TURNS:
        signs.append(verdicts(turn).sign())
        if (turn + 1) % 4 == 0:
            means = {"Loss/signs/real": torch.cat(signs).mean().item()}
            names = {"np": np, "misc": misc, "device": "cpu", "augment_pipe": pipe, "ada_stats": means}
            names |= {"ada_target": 0.6, "batch_size": BATCH, "ada_interval": 4, "ada_kimg": RAMP}
            run_statements(clone / "training" / "training_loop.py", "adjust", names)
            signs = []
        found.append(pipe.p.clone())
    return {"p of each turn": torch.stack(found)}


class Grid:
    """Records how their pipeline pads, and the affine maps by which it samples the padded images of twice the size."""

    def __init__(self) -> None:
        self.pad, self.grid = torch.nn.functional.pad, torch.nn.functional.affine_grid
        self.margins: list[float] = []
        self.theta, self.made = torch.empty(0), (0, 0)

    def padded(self, *given: Any, **named: Any) -> Tensor:
        """Pad, and keep by how much where the image is mirrored."""
        if named.get("mode") == "reflect":
            self.margins = [float(side) for side in named["pad"]]
        return self.pad(*given, **named)

    def affine(self, theta: Tensor, size: list[int], align_corners: bool) -> Tensor:
        """Make the grid, and keep its maps."""
        self.theta, self.made = theta, (size[3], size[2])
        return self.grid(theta, size, align_corners=align_corners)

    def placement(self) -> tuple[Tensor, Tensor]:
        """Give A and b of ``A q + b``, the source of the pixel ``q``, both in pixels from the image's middle.

        Their map is of -1 to 1 over images that are padded by (left, right, top, bottom), doubled, and half a pixel of
        the doubled image off.
        """
        left, right, top, bottom = self.margins
        before, after = torch.eye(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64)
        for axis, (first, last, made) in enumerate(((left, right, self.made[0]), (top, bottom, self.made[1]))):
            size = 2 * (SIZE + first + last)
            before[axis, axis], before[axis, 2] = 4 / size, (2 / size) * ((first - last) - 0.5)
            after[axis, axis], after[axis, 2] = made / 4, 0.25
        row = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64).expand(len(self.theta), 1, 3)
        whole = torch.linalg.inv(before) @ torch.cat([self.theta, row], dim=1) @ torch.linalg.inv(after)
        return whole[:, :2, :2], whole[:, :2, 2]


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    found: dict[str, Any] = {}
    with in_double(clone), double_by_default():
        augment = importlib.import_module("training.augment")
        found |= followed_by_theirs(clone)
        found |= shown(augment.AugmentPipe(xint=1), "images moved by whole pixels", 3, SIZE)
        for p in STRENGTHS:
            for name, chain in CHAINS.items():
                pipe, grid = augment.AugmentPipe(**dict.fromkeys(chain, 1)), Grid()
                pipe.p.fill_(p)
                functional = torch.nn.functional
                with (
                    patch.object(functional, "pad", grid.padded),
                    patch.object(functional, "affine_grid", grid.affine),
                    formula_draws(),
                ):
                    pipe(images("x", BATCH, 3, SIZE))
                A, b = grid.placement()
                found |= {f"matrices of {name}, p = {p}": A, f"offsets of {name}, p = {p}": b}
            for channels in (3, 1):
                pipe = augment.AugmentPipe(**dict.fromkeys(COLOR, 1))
                pipe.p.fill_(p)
                found |= shown(pipe, f"colours of {channels}, p = {p}", channels, SIZE // 4)
    return found


SUBJECT = Subject(
    title="ADA: placement, colours, and how p follows",
    repository="NVlabs/stylegan2-ada-pytorch",
    licence="NVIDIA Source Code License (non-commercial)",
    files=("training/augment.py", "training/training_loop.py"),
    ran="as it is, in float64 on a CPU, by naming it torch.float32 while it ran; its affine maps were taken from its "
    "calls of affine_grid and pad; of the training loop, the two statements that set p",
    compared="with probabilities of 0.4 and 1 and the same draws: the affine map of each image by pixel blitting, by "
    "general geometry, and by both; recoloured images of three channels and of one; images moved by whole pixels; "
    "gradients through the last two; p over 40 turns of given verdicts",
    departs="ours finds pixels between pixels by cubic convolution, where theirs filters an image of twice the size, "
    "so that for all other moves the maps were compared and not the images; ours has no image-space filtering and "
    "corruptions; ours keeps p at 1 where theirs lets it grow beyond, and counts each turn's verdicts once where "
    "theirs counts those of R1's steps, too, so that verdicts were taken for which p stays below 1",
    ours=ours,
    theirs=theirs,
    tolerance=1e-10,  # of their filter's coefficients, whose shifts are orthogonal to 1e-11
)
