"""Checks of networks and augmentations that favour no side: mirrored images give mirrored maps, and nothing drifts.

A network's weights favour sides, so it is looked at with weights that do not: each kernel, and each learned map, is the
mean of itself and its mirror images. What is then left over is in how maps are doubled, halved and padded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ...interfaces import Discriminator, Generator, Regularizer
from ...layers import AdaptiveProbability, PixelNoise, held_noise
from ...recipes.building.build import build_part
from ...recipes.recipe import Part
from ...registry.registry import Registry
from ..findings import require
from ..fixtures.data import BATCH, Case
from ..fixtures.usage import parameters_of
from .players import Builder

TOLERANCE = 1e-3  # of the largest value of a map; a shift by a pixel is of the order of 1
DRAWS = 4096
DEVIATIONS = 5.0  # of the mean's own error: of a view that favours no side, one in two million draws


def _is_map(value: object) -> bool:
    return isinstance(value, Tensor) and value.ndim == 4 and value.is_floating_point() and min(value.shape[2:]) > 1


def _favouring_no_side(x: Tensor) -> Tensor:
    """Take the mean of a map, ``(..., H, W)``, and its mirror images along both axes."""
    x = (x + x.flip(-1)) / 2
    return (x + x.flip(-2)) / 2


class _FirstMaps(TorchFunctionMode):
    """Makes maps that are made of no map, such as those of a dense layer, favour no side."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        if not _is_map(out) or any(_is_map(arg) for arg in (*args, *(kwargs or {}).values())):
            return out
        given = [part for arg in args if isinstance(arg, list | tuple) for part in arg]  # of torch.cat
        return out if any(_is_map(part) for part in given) else _favouring_no_side(out)


@torch.no_grad()
def _even(network: nn.Module) -> None:
    """Give a network weights that favour no side, and wake those that are zero."""
    for p in network.parameters():
        if not p.any():
            p.add_(0.1 * torch.randn_like(p))
        if p.ndim == 4:
            p.copy_(_favouring_no_side(p))
    for module in network.modules():
        if isinstance(module, PixelNoise):
            module.picture.copy_(_favouring_no_side(module.picture))


@contextmanager
def _maps_of(network: nn.Module) -> Iterator[list[tuple[str, Tensor]]]:
    """List the maps that a network's modules make of maps, with the modules' names."""
    maps: list[tuple[str, Tensor]] = []

    def note(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, given: tuple[Any, ...], out: Any) -> None:
            if _is_map(out) and any(_is_map(x) for x in given):
                maps.append((f"{name} ({type(module).__name__})", out.detach()))

        return hook

    with ExitStack() as stack:
        for name, module in network.named_modules():
            if name:
                stack.callback(module.register_forward_hook(note(name)).remove)
        yield maps


def _seen(network: Generator | Discriminator, given: Tensor, case: Case) -> tuple[list[tuple[str, Tensor]], Any]:
    torch.manual_seed(1)
    with torch.no_grad(), held_noise(network), _maps_of(network) as maps, _FirstMaps():
        out = network(given, case.conditions())
    return maps, out


def _apart(a: Tensor, b: Tensor) -> bool:
    return bool((a - b).abs().max() > TOLERANCE * a.abs().max())


def _require_kept(where: str, axis: int, a: Tensor, b: Tensor) -> None:
    way = "left to right" if axis == 3 else "top to bottom"
    require(not _apart(a, b), f"{where} is not the mirror image {way} that mirror_symmetric promises")


def require_symmetric_images(G: Generator, case: Case) -> None:
    """Require that weights that favour no side make images that are their own mirror images.

    Raises:
        ConformanceError: they do not; the message names the first module at fault.
    """
    _even(G.eval())
    z = G.sample_z(BATCH, device="cpu", rng=torch.Generator().manual_seed(0))
    maps, x = _seen(G, z, case)
    require(bool(maps), "mirror_symmetric is true, and no module makes a map of a map")
    for name, made in [*maps, ("the image", x)]:
        for axis in (2, 3):
            _require_kept(f"for {case}, what comes of {name}", axis, made, made.flip(axis))


def require_mirrored_maps(D: Discriminator, case: Case) -> None:
    """Require that with weights that favour no side mirrored images give mirrored maps.

    What a decoder makes of numbers that tell of the whole image is its own mirror image instead.

    Raises:
        ConformanceError: they do not; the message names the first module at fault.
    """
    _even(D.eval())
    x = case.samples()
    plain, _ = _seen(D, x, case)
    require(bool(plain), "mirror_symmetric is true, and no module makes a map of a map")
    for axis in (2, 3):
        mirrored, _ = _seen(D, x.flip(axis), case)
        for (name, a), (_, b) in zip(plain, mirrored, strict=True):
            if _apart(a, a.flip(axis)) or _apart(b, b.flip(axis)):
                _require_kept(f"for {case}, what comes of {name}", axis, a.flip(axis), b)


def require_unmoved(view: Callable[[Tensor], Tensor], size: int = 16, channels: int = 3) -> None:
    """Require that views of images and of their mirror images have their centre of mass in the middle, in the mean.

    Args:
        view: ``(B, C, H, W)`` images in [-1, 1] -> the same shape, with draws of its own for each image.
        size: height and width of the images that it is tried with.
        channels: of them.

    Raises:
        ConformanceError: the mean is further away than its own error allows.
    """
    rng = torch.Generator().manual_seed(0)
    whole = torch.rand(1, channels, size, size, generator=rng)
    places = torch.arange(size) - (size - 1) / 2
    blob = whole * (places.square()[:, None] + places.square() < (size / 4) ** 2)  # no edge takes any of it away
    torch.manual_seed(0)
    for image in (blob, whole):
        kinds = torch.cat([image.flip(dims) for dims in ((), (2,), (3,), (2, 3))])
        seen = view(kinds.repeat(DRAWS // 4, 1, 1, 1)).mean(dim=1)
        for axis, moments in (("columns", seen.sum(1) @ places), ("rows", seen.sum(2) @ places)):
            moments = moments.double() / image.mean(dim=1).sum()
            groups = moments.view(-1, 4).mean(dim=1)  # of one of each kind: these are independent, and centred alike
            error, off = groups.std() / len(groups) ** 0.5, groups.mean().abs()
            require(
                bool(off <= DEVIATIONS * error + 1e-5),
                f"its views move images by {off:.2g} {axis} in the mean of {DRAWS} draws, which are sure to "
                f"{error:.1g}, and mirror_symmetric promises that they favour no side",
            )


def keeps_promise(registry: Registry, kind: str, name: str) -> bool:
    """Try a registered player or regularizer that promises to favour no side, on the smallest images that it takes.

    Returns:
        It promises that, and so it was tried.

    Raises:
        ConformanceError: it does not keep the promise, or it cannot be known which parameters it needs.
        RecipeError: it takes no small images.
    """
    if kind == "regularizer":
        part = Part(name=name, params=parameters_of(registry, kind, name))
        return views_are_unmoved(build_part(registry, kind, part))
    builder = Builder(registry, kind, name)
    case = builder.first()
    network = builder.build(case)
    if network.mirror_symmetric:
        (require_symmetric_images if kind == "generator" else require_mirrored_maps)(network, case)
    return bool(network.mirror_symmetric)


def views_are_unmoved(term: Regularizer) -> bool:
    """Try a regularizer's views if it promises that they favour no side; what adapts is at its strongest.

    Returns:
        It promises that.

    Raises:
        ConformanceError: it does not keep the promise.
    """
    if not term.mirror_symmetric:
        return False
    for module in term.modules():
        if isinstance(module, AdaptiveProbability):
            module.p.fill_(1.0)
    require_unmoved(term.view)
    return True
