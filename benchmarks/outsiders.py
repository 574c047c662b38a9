"""The training steps of two installed libraries, torchgan and torch-mimicry, on the networks of ``loops.Game``.

It is no script of its own. Their own code plays the turns: loss, gradients and optimizer steps are theirs, and so is
the noise that they draw; only the networks and the batches of real images are handed in.

    pip install --no-deps torchgan torch-mimicry

torch-mimicry asks at its import for modules that current torch no longer has or that a training step never uses; empty
ones stand in for them while it is imported.
"""

import importlib
import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch
from loops import Game, Step
from torch import Tensor, nn

ABSENT = ("torch._six", "torch.utils.tensorboard", "tensorflow", "skimage")
ABSENT += ("sklearn", "sklearn.metrics", "sklearn.metrics.pairwise")


class UnavailableError(Exception):
    """A library takes no part; the message says why."""


def versions() -> dict[str, str | None]:
    """Of both libraries; None where one is not installed."""
    return {name: _version(name) for name in ("torchgan", "torch-mimicry")}


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _imported(module: str, distribution: str) -> types.ModuleType:
    if _version(distribution) is None:
        raise UnavailableError(f"{distribution} is not installed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of their syntax, which is older than this Python
            return importlib.import_module(module)
    except Exception as error:  # whatever a library does at its import
        raise UnavailableError(f"{distribution} cannot be imported: {type(error).__name__}: {error}") from error


# -- torchgan --------------------------------------------------------------------------------------------------


class _Labelless(nn.Module):
    """A network as torchgan's losses call it."""

    label_type = "none"

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network


class _TorchganG(_Labelless):
    def __init__(self, network: nn.Module) -> None:
        super().__init__(network)
        self.encoding_dims = network.z_dim

    def forward(self, z: Tensor) -> Tensor:
        return self.network(z)


class _TorchganD(_Labelless):
    def forward(self, x: Tensor) -> Tensor:
        return self.network(x)["logits"]


def torchgan(game: Game) -> Step:
    """One step of torchgan's losses: ``train_ops`` of each for D ``d_steps`` times, then of G's once.

    The hinge loss, which it lacks, is given to it as a loss of ours; the turns remain its own. Its gradient penalty
    is a turn of its own: fakes of its own, one draw for the whole batch, a norm of all gradients together, and an
    optimizer step of its own; so the WGAN-GP that it plays is another one.

    Raises:
        UnavailableError: it is not installed or cannot be imported, or has nothing of this precision.
    """
    if game.low is not None:
        raise UnavailableError("torchgan has no low precision")
    losses = _imported("torchgan.losses", "torchgan")
    d_losses, g_loss = _torchgan_losses(losses, game)
    G, D = _TorchganG(game.G), _TorchganD(game.D)
    g_optimizer, d_optimizer = game.adam(game.G), game.adam(game.D)

    def step() -> None:
        for _ in range(game.d_steps):
            real = game.real()
            for loss in d_losses:
                loss.train_ops(G, D, d_optimizer, real, game.device)
        g_loss.train_ops(G, D, g_optimizer, game.device, game.batch)

    return step


def _torchgan_losses(losses: types.ModuleType, game: Game) -> tuple[list[Any], Any]:
    name = game.recipe.loss.name
    if name == "non-saturating":
        return [losses.MinimaxDiscriminatorLoss()], losses.MinimaxGeneratorLoss()
    if name == "wasserstein":
        penalty = [losses.WassersteinGradientPenalty(lambd=game.penalty)] if game.penalty else []
        return [losses.WassersteinDiscriminatorLoss(), *penalty], losses.WassersteinGeneratorLoss()

    class HingeD(losses.DiscriminatorLoss):
        def forward(self, real: Tensor, fake: Tensor) -> Tensor:
            return game.d_loss(real, fake)

    class HingeG(losses.GeneratorLoss):
        def forward(self, fake: Tensor) -> Tensor:
            return game.g_loss(fake)

    return [HingeD()], HingeG()


# -- torch-mimicry ---------------------------------------------------------------------------------------------


class _Empty(types.ModuleType):
    """A module of which one can import any name, and gets None."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


@contextmanager
def _stand_ins(*names: str) -> Iterator[None]:
    """Empty modules under these names, while something is imported that never uses them."""
    before = {name: sys.modules.get(name) for name in names}
    sys.modules.update({name: _Empty(name) for name in names})
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def mimicry(game: Game) -> Step:
    """One step of torch-mimicry's trainer: ``train_step`` of D ``d_steps`` times, of G once, and their logs.

    Raises:
        UnavailableError: it is not installed or cannot be imported, or has nothing of this precision.
    """
    if game.low is not None:
        raise UnavailableError("torch-mimicry has no bfloat16")
    with _stand_ins(*ABSENT):
        _imported("torch_mimicry", "torch-mimicry")
        gan = _imported("torch_mimicry.nets.gan.gan", "torch-mimicry")
        wgan_gp = _imported("torch_mimicry.nets.wgan_gp.wgan_gp_base", "torch-mimicry")
        log = _imported("torch_mimicry.training.metric_log", "torch-mimicry")
    g_base, d_base = gan.BaseGenerator, gan.BaseDiscriminator
    more: dict[str, Any] = {}
    if game.penalty:
        g_base, d_base = wgan_gp.WGANGPBaseGenerator, wgan_gp.WGANGPBaseDiscriminator
        more = {"gp_scale": game.penalty}
    loss = {"non-saturating": "ns"}.get(game.recipe.loss.name, game.recipe.loss.name)

    class MimicryG(g_base):
        def forward(self, z: Tensor) -> Tensor:
            return self.network(z)

    class MimicryD(d_base):
        def forward(self, x: Tensor) -> Tensor:
            return self.network(x)["logits"][:, None]

    G = MimicryG(nz=game.G.z_dim, ngf=1, bottom_width=4, loss_type=loss)
    D = MimicryD(ndf=1, loss_type=loss, **more)
    G.network, D.network = game.G, game.D
    g_optimizer, d_optimizer = game.adam(game.G), game.adam(game.D)
    no_labels = torch.zeros(game.batch, dtype=torch.int64, device=game.device)

    def step() -> None:
        told = log.MetricLog()
        for _ in range(game.d_steps):
            batch = (game.real(), no_labels)
            told = D.train_step(real_batch=batch, netG=G, optD=d_optimizer, log_data=told, device=game.device)
        G.train_step(real_batch=batch, netD=D, optG=g_optimizer, log_data=told, device=game.device)

    return step
