"""SAGAN's two networks for 128x128."""

import contextlib
import importlib
import io
from pathlib import Path
from typing import Any

from ganzoo_plugins.sagan.discriminator import SAGANDiscriminator
from ganzoo_plugins.sagan.generator import SAGANGenerator
from torch import Tensor, nn

from ..clone import imported_from
from ..formula import filled, images, labels, spread
from ..networks import network_values, without_undone
from ..subject import Subject, Values
from ._spectral import DEPARTS, normalised
from ._tensorflow import RAN, tensorflow_1, values

WIDTH, Z, CLASSES, BATCH = 4, 10, 3, 2
CASES = {player: f"{player}, 128x128, ch={WIDTH}, attention at 32, {CLASSES} classes" for player in "GD"}
SHAPE: dict[str, Any] = {"image_size": 128, "channels": 3, "num_classes": CLASSES, "width": WIDTH}
ATTENTION = {"sn_conv_theta": "query", "sn_conv_phi": "key", "sn_conv_g": "value", "sn_conv_attn": "out"}
NORMS = {"gamma": "gain.weight", "beta": "shift.weight"}


def networks() -> tuple[nn.Module, nn.Module]:
    """Make ours, with weights by formula, both spectrally normalised."""
    G, D = filled(SAGANGenerator(**SHAPE, z_dim=Z)), filled(SAGANDiscriminator(**SHAPE))
    normalised(G, D, generator=True)
    return G, D


def inputs() -> tuple[Tensor, Tensor, Tensor]:
    """Give latents, images and labels."""
    x = images("x", BATCH, 3, 128)
    return spread("z", (BATCH, Z)).requires_grad_(), x.requires_grad_(), labels(BATCH, CLASSES)


def ours() -> Values:
    """Run ours."""
    (G, D), (z, x, y) = networks(), inputs()
    found = network_values(CASES["G"], G, G(z, y), {"z": z})
    found |= network_values(CASES["D"], D, D(x, y)["logits"], {"x": x})
    return without_undone(found)


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    (G, D), (z, x, y) = networks(), inputs()
    found: dict[str, Tensor | int] = {}
    with tensorflow_1() as tf, imported_from(clone), contextlib.redirect_stdout(io.StringIO()):
        latents, label = tf.constant(z.detach().numpy()), tf.constant(y.numpy())
        made = importlib.import_module("generator").generator_test(latents, label, WIDTH, CLASSES)
        found |= values(tf, CASES["G"], G, made, {"z": latents}, name_in_G, to_theirs, to_ours)
    with tensorflow_1() as tf, imported_from(clone), contextlib.redirect_stdout(io.StringIO()):
        pictures, label = tf.constant(to_theirs("x", x.detach()).numpy()), tf.constant(y.numpy())
        judge = importlib.import_module("discriminator").discriminator_test
        logits = tf.reshape(judge(pictures, label, WIDTH, CLASSES), [BATCH])
        found |= values(tf, CASES["D"], D, logits, {"x": pictures}, name_in_D, to_theirs, to_ours)
    return without_undone(found)


def name_in_G(name: str) -> str:
    """Give our name of a variable of the generator."""
    scope, *rest = name.split("/")[1:]
    if scope == "g_non_local":
        return _in_attention(rest)
    if scope.startswith("g_block"):
        block = f"blocks.{int(scope[-1]) - 1}"
        if rest[0].startswith("cbn"):
            return f"{block}.norm{int(rest[0][-1]) + 1}.{NORMS[rest[1]]}"
        return f"{block}.{_layer(rest)}"
    if scope == "g_bn":
        return {"gamma": "norm.weight", "beta": "norm.bias"}[rest[-1]]
    return {"g_snh0": "base.0", "g_snconv_last": "last"}[scope] + "." + _kind(rest[-1])


def name_in_D(name: str) -> str:
    """Give our name of a variable of the discriminator."""
    scope, *rest = name.split("/")[1:]
    if scope == "d_non_local":
        return _in_attention(rest, "body.2")
    if "block" in scope:
        places = {1: "body.0", 2: "body.1", 3: "body.3", 4: "body.4", 5: "body.5", 6: "last"}  # attention between
        return f"{places[int(scope[-1])]}.{_layer(rest)}"
    return {"d_sn_linear": f"head.{_kind(rest[-1])}", "d_embedding": "projection.embed.weight"}[scope]


def _in_attention(rest: list[str], place: str = "attention") -> str:
    return f"{place}.gamma" if rest[0] == "sigma_ratio" else f"{place}.{ATTENTION[rest[0]]}.weight"


def _layer(rest: list[str]) -> str:
    return {"1": "conv1", "2": "conv2", "3": "shortcut"}[rest[0][-1]] + "." + _kind(rest[-1])


def _kind(name: str) -> str:
    return "weight" if name in ("w", "Matrix") else "bias"


def _is_base(name: str) -> bool:
    return name.startswith("base.0.")


def to_theirs(name: str, it: Tensor) -> Tensor:
    """Put channels last, outputs of a matrix too, and count gains from 0."""
    if name.endswith("gain.weight") or "gain." in name:
        return it + 1
    if _is_base(name):
        it = it.unflatten(0, (16 * WIDTH, 4, 4)).movedim(0, 2).flatten(0, 2)  # each pixel's channels together
    if it.ndim == 4:
        return it.permute(2, 3, 1, 0) if name not in ("x", "output") else it.permute(0, 2, 3, 1)
    return it.T if it.ndim == 2 and ("base" in name or "head" in name) else it


def to_ours(name: str, it: Tensor) -> Tensor:
    """Put a gradient, an image or a gradient of one back into our layout."""
    if it.ndim == 4:
        return it.permute(3, 2, 0, 1) if name not in ("x", "output") else it.permute(0, 3, 1, 2)
    if it.ndim == 2 and ("base" in name or "head" in name):
        it = it.T
    return it.unflatten(0, (4, 4, 16 * WIDTH)).movedim(2, 0).flatten(0, 2) if _is_base(name) else it


SUBJECT = Subject(
    title="SAGAN: generator and discriminator",
    repository="brain-research/self-attention-gan",
    licence="Apache-2.0",
    files=("generator.py", "discriminator.py", "non_local.py", "ops.py"),
    ran=RAN,
    compared="images and logits, and gradients of inputs and parameters, spectrally normalised, in training mode, at "
    "128x128",
    departs=DEPARTS,
    ours=ours,
    theirs=theirs,
    tolerance=1e-9,  # theirs adds 1e-12 to the length of each singular vector
)
