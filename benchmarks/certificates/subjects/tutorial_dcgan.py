"""TensorFlow's DCGAN tutorial: both networks, and the losses."""

import importlib
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from ganzoo_plugins.dcgan.tutorial_discriminator import TutorialDiscriminator
from ganzoo_plugins.dcgan.tutorial_generator import TutorialGenerator
from ganzoo_plugins.losses.cross_entropy import NonSaturating
from torch import Tensor, nn

from ..clone import run_cells
from ..formula import filled, images, spread
from ..networks import named_values, network_values, parameter_gradients
from ..subject import Subject, Values

BATCH, Z_DIM = 6, 100
NOTEBOOK = "site/en/tutorials/generative/dcgan.ipynb"
FUNCTIONS = (
    "make_generator_model",
    "make_discriminator_model",
    "cross_entropy",
    "discriminator_loss",
    "generator_loss",
)
OURS = {  # parameters in the order of their variables
    "G": [
        *("net.0.weight", "net.1.weight", "net.1.bias", "net.4.weight", "net.5.weight", "net.5.bias"),
        *("net.7.weight", "net.8.weight", "net.8.bias", "net.10.weight"),
    ],
    "D": ["body.0.weight", "body.0.bias", "body.3.weight", "body.3.bias", "head.weight", "head.bias"],
}
DENSE = {"net.0.weight": 256, "net.1.weight": 256, "net.1.bias": 256, "head.weight": 128}  # channels of 7x7 places
PLACES = 49


def mirrored(x: Tensor) -> Tensor:
    """Turn images of ours into theirs or back: channels last or second, and both axes mirrored.

    Padding of 3 pixels is 2 and 1 in ours and 1 and 2 in theirs, so that each network is the other's mirror image.
    """
    return x.flip(2, 3).permute(0, 2, 3, 1)


def unmirrored(x: Tensor) -> Tensor:
    """Turn images of theirs into ours."""
    return x.permute(0, 3, 1, 2).flip(2, 3)


def to_theirs(name: str, value: Tensor) -> Tensor:
    """Give a parameter of ours in their layout."""
    if value.ndim == 4:  # theirs are (height, width, in, out), and transposed ones (height, width, out, in)
        return value.flip(2, 3).permute(2, 3, 1, 0)
    if name == "head.weight":
        return value.reshape(DENSE[name], PLACES).flip(1).T.reshape(-1, 1)
    if name in DENSE:
        rows = value.reshape(DENSE[name], PLACES, -1).flip(1).transpose(0, 1).reshape(value.shape)
        return rows.T if rows.ndim == 2 else rows
    return value


def to_ours(name: str, value: Tensor) -> Tensor:
    """Give a gradient of theirs in our layout."""
    if value.ndim == 4:
        return value.permute(3, 2, 0, 1).flip(2, 3)
    if name == "head.weight":
        return value.reshape(PLACES, DENSE[name]).T.flip(1).reshape(1, -1)
    if name in DENSE:
        rows = value.T if value.ndim == 2 else value
        return rows.reshape(PLACES, DENSE[name], -1).transpose(0, 1).flip(1).reshape(rows.shape)
    return value


def our_networks() -> dict[str, nn.Module]:
    """Give both networks, with weights by formula; the generator normalises over the batch, nothing is dropped."""
    common: dict[str, Any] = {"image_size": 28, "channels": 1, "num_classes": 0}
    G, D = filled(TutorialGenerator(**common)), filled(TutorialDiscriminator(**common))
    for layer in [*G.modules(), *D.modules()]:
        if isinstance(layer, nn.LeakyReLU):  # TensorFlow takes a slope in single precision, whatever the tensor's is
            layer.negative_slope = torch.tensor(layer.negative_slope, dtype=torch.float32).item()
    return {"G": G.train(), "D": D.eval()}


def verdicts() -> tuple[Tensor, Tensor]:
    """Give verdicts on real and on fake images."""
    return spread("real", (BATCH, 1), std=2).requires_grad_(), spread("fake", (BATCH, 1), std=2).requires_grad_()


def ours() -> Values:
    """Run ours."""
    players = our_networks()
    z, x = spread("z", (BATCH, Z_DIM)).requires_grad_(), images("x", BATCH, 1, 28).requires_grad_()
    found: dict[str, Any] = network_values("G", players["G"], players["G"](z), {"z": z})
    found |= network_values("D", players["D"], players["D"](x)["logits"], {"x": x})
    real, fake = verdicts()
    turn: Any = SimpleNamespace(on_real={"logits": real[:, 0]}, on_fake={"logits": fake[:, 0]})
    of_D, of_G = NonSaturating().d_loss(turn), NonSaturating().g_loss(turn)
    taken = [*torch.autograd.grad(of_D, [real, fake]), *torch.autograd.grad(of_G, [fake])]
    return found | losses(of_D, of_G, taken)


def losses(of_D: Tensor, of_G: Tensor, taken: list[Tensor]) -> dict[str, Tensor]:
    """Name the losses and their gradients in the verdicts."""
    names = ("d real, loss of D", "d fake, loss of D", "d fake, loss of G")
    return {"loss of D": of_D, "loss of G": of_G, **dict(zip(names, taken, strict=True))}


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    tf: Any = importlib.import_module("tensorflow")
    tf.keras.backend.set_floatx("float64")
    names: dict[str, Any] = {"tf": tf, "layers": tf.keras.layers}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras would have the shape of the input said otherwise
        run_cells(clone / NOTEBOOK, FUNCTIONS, names)
        made = {"G": names["make_generator_model"](), "D": names["make_discriminator_model"]()}
    z, x = spread("z", (BATCH, Z_DIM)), mirrored(images("x", BATCH, 1, 28))
    found = network(tf, "G", made["G"], "z", z, mirrored(spread("direction", (BATCH, 1, 28, 28))), training=True)
    found |= network(tf, "D", made["D"], "x", x, spread("direction", (BATCH,))[:, None], training=False)
    found["G"], found["D"], found["d x, D"] = unmirrored(found["G"]), found["D"][:, 0], unmirrored(found["d x, D"])
    real, fake = (tf.constant(value.detach().numpy()) for value in verdicts())
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        of_D, of_G = names["discriminator_loss"](real, fake), names["generator_loss"](fake)
    taken = [*tape.gradient(of_D, [real, fake]), tape.gradient(of_G, fake)]
    return found | losses(tensor(of_D), tensor(of_G), [tensor(value) for value in taken])


def network(tf: Any, case: str, model: Any, name: str, given: Tensor, along: Tensor, training: bool) -> dict[str, Any]:
    """Give what ``network_values`` gives, of a model of Keras with our weights."""
    mine: Mapping[str, Tensor] = dict(our_networks()[case].named_parameters())
    for variable, ours in zip(model.trainable_variables, OURS[case], strict=True):
        variable.assign(to_theirs(ours, mine[ours].detach()).numpy())
    inputs = tf.constant(given.numpy())
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        output = model(inputs, training=training)
        total = tf.reduce_sum(output * along.numpy())
    slope, *slopes = tape.gradient(total, [inputs, *model.trainable_variables])
    turned = {ours: to_ours(ours, tensor(value)) for ours, value in zip(OURS[case], slopes, strict=True)}
    count = sum(variable.shape.num_elements() for variable in model.trainable_variables)
    return named_values(case, count, tensor(output), {name: tensor(slope)}) | parameter_gradients(case, turned)


def tensor(value: Any) -> Tensor:
    """Give a tensor of TensorFlow as one of torch."""
    return (
        torch.from_numpy(value.numpy().copy()) if value.shape.rank else torch.tensor(float(value), dtype=torch.float64)
    )


SUBJECT = Subject(
    title="DCGAN of TensorFlow's tutorial: both networks and the losses",
    repository="tensorflow/docs",
    licence="Apache-2.0",
    files=(NOTEBOOK,),
    ran="the cells that define networks and losses, in TensorFlow on a CPU in float64",
    compared="both networks as they are, at 28x28, the generator in training mode and the discriminator without "
    "dropout; both losses of given verdicts, and their gradients",
    departs="ours pads by 2 and 1 pixels where theirs pads by 1 and 2, so that each is the other's mirror image, and "
    "images and kernels were mirrored; TensorFlow takes the slope of 0.3 in single precision, which ours took, too",
    ours=ours,
    theirs=theirs,
)
