"""GAT: both networks, levels of noise, and a turn of each player with R1 and R2 by noise."""

import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
import torch.utils.checkpoint
from ganzoo_plugins.gat.discriminator import GATDiscriminator
from ganzoo_plugins.gat.generator import GATGenerator
from ganzoo_plugins.gat.multi_level_noise import MultiLevelNoise
from ganzoo_plugins.gradient_penalties.approximate import ApproximateR1, ApproximateR2
from ganzoo_plugins.losses.relativistic_pairing import RelativisticPairing
from torch import Tensor, nn

from ganzoo.interfaces import Turn

from ..clone import imported_from
from ..draws import double_by_default, formula_draws
from ..formula import filled, images, labels, spread, usual
from ..networks import network_values, parameter_gradients, same_weights, without_undone
from ..starts import deviations_drawn, start
from ..subject import Subject, Values

SIZE, CHANNELS, CLASSES, BATCH, Z_DIM, WIDTH, DEPTH, HEADS, EMBEDDING = 8, 2, 3, 5, 6, 16, 4, 2, 12
LEVELS, GAMMA, STD = 4, 0.1, 0.01
OF_B = {"image_size": 32, "channels": 4, "num_classes": 1000, "width": 768, "depth": 12}
UNDONE = r"d parameter head\.bias, turn of D"  # which the difference of two verdicts does not know
LAYERS = {
    "attn.qkv": "attention.asked",
    "attn.proj": "attention.out",
    "mlp.w12": "perceptron.inner",
    "mlp.w3": "perceptron.out",
}


class PatchEmbed(nn.Module):
    """Stands for timm's: a convolution whose steps are its size."""

    def __init__(self, size: int, patch: int, channels: int, width: int, bias: bool = True) -> None:
        super().__init__()
        self.proj, self.num_patches = nn.Conv2d(channels, width, patch, patch, bias=bias), (size // patch) ** 2

    def forward(self, x: Tensor) -> Tensor:
        """Give tokens."""
        return self.proj(x).flatten(2).transpose(1, 2)


def rearrange(x: Tensor, pattern: str, r: int = 0) -> Tensor:
    """Stand for einops: part the last axis into pairs, or join them."""
    return x.unflatten(-1, (-1, r)) if pattern == "... (d r) -> ... d r" else x.flatten(-2)


def repeat(x: Tensor, pattern: str, r: int) -> Tensor:
    """Stand for einops: say each number ``r`` times over."""
    assert pattern == "... n -> ... (n r)"
    return x.repeat_interleave(r, dim=-1)


STUBS: dict[str, dict[str, Any]] = {
    "timm": {},
    "timm.models": {},
    "timm.models.vision_transformer": {"PatchEmbed": PatchEmbed, "Mlp": None},
    "timm.data": {"IMAGENET_DEFAULT_MEAN": None, "IMAGENET_DEFAULT_STD": None},
    "einops": {"rearrange": rearrange, "repeat": repeat},
    "torchvision": {},
    "torchvision.transforms": {"Normalize": None},
}


def generator_names() -> dict[str, str]:
    """Give our names of a generator's parameters by theirs."""
    names = {"y_embedder.embedding_table.weight": "label.weight"}
    names |= _both("latent_embedder", "mapping", ("0", "2"))
    for i in range(DEPTH):
        names |= _of_block(i) | _both(f"blocks.{i}.adaLN_modulation", f"blocks.{i}.style", ("1",))
    for i in range(LEVELS):
        names |= _both(f"final_layers.{i}.adaLN_modulation", f"images.{i}.style", ("1",))
        names |= _both(f"final_layers.{i}", f"images.{i}", ("linear",), ("dense",))
    return names


def discriminator_names() -> dict[str, str]:
    """Give our names of a discriminator's parameters by theirs."""
    names = {"y_embedder.embedding_table.weight": "label.weight", "cls_token": "verdict_token"}
    names |= _both("y_embedder.latent_embedder", "direction", ("0", "2"))
    names |= {"x_embedder.proj.weight": "patches.weight", "x_embedder.proj.bias": "patches.bias"}
    names |= {"final_layer.0.weight": "norm.weight"}
    names |= {"final_layer.1.weight": "head.weight", "final_layer.1.bias": "head.bias"}
    factors = {"norm1.weight": "first.weight", "norm2.weight": "second.weight", "ls_attn": "attended"}
    factors |= {"ls_mlp": "changed"}
    for i in range(DEPTH):
        names |= _of_block(i) | {f"blocks.{i}.{them}": f"blocks.{i}.{us}" for them, us in factors.items()}
    return names


def _both(them: str, us: str, places: tuple[str, ...], our_places: tuple[str, ...] = ()) -> dict[str, str]:
    pairs = zip(places, our_places or places, strict=True)
    return {f"{them}.{a}.{kind}": f"{us}.{b}.{kind}" for a, b in pairs for kind in ("weight", "bias")}


def _of_block(i: int) -> dict[str, str]:
    them, us = f"blocks.{i}", f"blocks.{i}"
    names = _both(them, us, tuple(LAYERS), tuple(LAYERS.values()))
    return names | {
        f"{them}.attn.{one}_norm.weight": f"{us}.attention.{two}.weight" for one, two in (("q", "query"), ("k", "key"))
    }


def our_networks() -> tuple[GATGenerator, GATDiscriminator]:
    """Give both networks, with tables in double precision."""
    common: dict[str, Any] = {"image_size": SIZE, "channels": CHANNELS, "num_classes": CLASSES}
    common |= {"width": WIDTH, "depth": DEPTH, "heads": HEADS, "levels": LEVELS}
    with double_by_default():
        return GATGenerator(**common, z_dim=Z_DIM), GATDiscriminator(**common, embedding=EMBEDDING)


def weight(name: str, like: Tensor) -> Tensor:
    """Give a weight, 100 times as large in the layers that count it a hundredth."""
    return usual(name, like) * (100 if name.startswith(("mapping", "direction")) else 1)


def given() -> tuple[Tensor, Tensor, Tensor]:
    """Give latents, real samples and labels."""
    return spread("z", (BATCH, Z_DIM)), images("real", BATCH, CHANNELS, SIZE), labels(BATCH, CLASSES)


def ours() -> Values:
    """Run ours."""
    found: dict[str, Any] = {}
    G, D = (filled(it, weight) for it in our_networks())
    z, real, y = given()
    z, x = z.requires_grad_(), images("x", BATCH, LEVELS * CHANNELS, SIZE).requires_grad_()
    found |= network_values("G, all levels", G, G.stacked(z, y), {"z": z})
    found |= network_values("D", D, D(x, y)["logits"], {"x": x})
    loss, noise = RelativisticPairing(), MultiLevelNoise()
    noise.prepare(G, D)
    for player in ("D", "G"):
        turn = noise.recast(turn_of(player, G, D, z.detach(), real, y, noise, loss))
        with formula_draws():
            found |= {
                f"fakes in noise, turn of {player}": turn.shown_fake,
                f"real in noise, turn of {player}": turn.shown_real,
            }
            total = loss.d_loss(turn) if player == "D" else loss.g_loss(turn)
            if player == "D":
                for penalty, repeats in ((ApproximateR1(GAMMA, STD), 1), (ApproximateR2(GAMMA, STD), LEVELS)):
                    step = weakened(noise.shares, repeats)
                    with patch.object(torch, "randn", lambda *_, step=step, **__: step):
                        value = penalty.d_penalty(turn)
                    found[type(penalty).__name__] = value
                    total = total + penalty.weight * value
            found[f"loss and penalties of {player}"] = total
        module: nn.Module = D if player == "D" else G
        names, parameters = zip(*module.named_parameters(), strict=True)
        gradients = torch.autograd.grad(total, parameters)
        found |= parameter_gradients(f"turn of {player}", dict(zip(names, gradients, strict=True)))
    with started():
        players = our_networks()
    for name, player in zip("GD", players, strict=True):
        found |= start(name, player)
    with torch.device("meta"):
        found["parameters of G, B/2"] = learned(GATGenerator(**OF_B))
        found["parameters of D, B/2"] = learned(GATDiscriminator(**OF_B, embedding=2048))
    return without_undone(found, UNDONE)


def turn_of(player: Any, G: Any, D: Any, z: Tensor, real: Tensor, y: Tensor, noise: Any, loss: Any) -> Turn:
    """Give a turn in which all is given."""
    return Turn(
        player, G, D, deal=lambda: (real, y), draw_z=lambda: z, draw_y=lambda: y, view=noise.view, loss=loss,
        rng=torch.Generator(),
    )  # fmt: skip


def weakened(shares: list[float], repeats: int) -> Tensor:
    """Give their step: one draw for all levels, or one of each, which the levels' noise weakens as it does images."""
    steps = [torch.randn_like(torch.empty(BATCH, CHANNELS, SIZE, SIZE, dtype=torch.float64)) for _ in range(repeats)]
    drawn = steps * (len(shares) // repeats)
    return torch.cat([(1 - share) * step for share, step in zip(shares, drawn, strict=True)], dim=1)


def learned(module: nn.Module, without: str = "-") -> int:
    """Count what learns, without the parameters whose names begin so."""
    return sum(p.numel() for name, p in module.named_parameters() if p.requires_grad and not name.startswith(without))


@contextmanager
def started() -> Iterator[None]:
    """Let weights be what they are drawn with: Glorot's bound, or a standard deviation."""

    def bound(weight: Tensor, gain: float = 1.0, **_: Any) -> Tensor:
        features = weight[0].numel() + len(weight)
        with torch.no_grad():
            return weight.fill_(gain * (6 / features) ** 0.5)

    with deviations_drawn(), patch.object(nn.init, "xavier_uniform_", bound):
        yield


@contextmanager
def their_modules(clone: Path) -> Iterator[tuple[Any, Any, Any]]:
    """Give their networks and loss, uncompiled and with tables in double precision."""
    with ExitStack() as stack:
        stack.enter_context(imported_from(clone, STUBS))
        stack.enter_context(patch.object(torch, "compile", lambda **_: lambda function: function))
        modules = (importlib.import_module(f"models.{name}") for name in ("generator", "discriminator"))
        yield (*modules, importlib.import_module("losses.Rp_loss"))


def their_networks(of_G: Any, of_D: Any) -> tuple[nn.Module, nn.Module]:
    """Give their networks, without what does not count in them."""
    common: dict[str, Any] = {"input_size": SIZE, "patch_size": 2, "in_channels": CHANNELS, "num_classes": CLASSES}
    common |= {"hidden_size": WIDTH, "depth": DEPTH, "num_heads": HEADS, "qk_norm": True, "fused_attn": True}
    with double_by_default(), patch.object(Tensor, "float", Tensor.double):
        G = of_G.GAT(**common, latent_size=Z_DIM, z_dims=[0])
        D = of_D.GATD(**common, cmap_dim=EMBEDDING, z_dims=[0])
    for player in (G, D):
        places = player.pos_embed.data
        del player.pos_embed
        player.register_buffer("pos_embed", places)
    G.x_embedder = Nothing((SIZE // 2) ** 2, WIDTH)
    return G, D


class Nothing(nn.Module):
    """Stands for an embedding that is multiplied by zero."""

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.shape = tokens, width

    def forward(self, x: Tensor) -> Tensor:
        """Give zeros."""
        return x.new_zeros(len(x), *self.shape)


class Bounded(nn.Module):
    """Their generator, whose images pass tanh at all levels."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, **given: Any) -> Tensor:
        """Give ``(levels, B, C, H, W)``."""
        out: Tensor = self.network(**given)
        return out.tanh()


def theirs(clone: Path) -> Values:
    """Run the authors'."""
    found: dict[str, Any] = {}
    with their_modules(clone) as (of_G, of_D, of_loss):
        mine, (G, D) = [filled(it, weight) for it in our_networks()], their_networks(of_G, of_D)
        naming = generator_names(), discriminator_names()
        for network, own, names in zip((G, D), mine, naming, strict=True):
            same_weights(network, own, names)
        z, real, y = given()
        z, x = z.requires_grad_(), images("x", BATCH, LEVELS * CHANNELS, SIZE).requires_grad_()
        stack = Bounded(G)(x=real, y=y, z=z, multiscale=True)
        found |= network_values("G, all levels", G, torch.cat(list(stack), dim=1), {"z": z}, naming[0])
        found |= network_values("D", D, D(list(x.split(CHANNELS, dim=1)), y).squeeze(1), {"x": x}, naming[1])
        shown: list[Tensor] = []
        loss = of_loss.RpGANLoss(
            accelerator=None, r1_gamma=GAMMA, r1_every=1, r2_gamma=GAMMA, r2_every=1, approximate=True
        )
        loss.policy = ""
        noised = loss.apply_gaussian_list_cumulative

        def noted(xs: Tensor, seed_noise: Any = None) -> Any:
            out = noised(xs, seed_noise)
            if seed_noise is None:
                shown.append(torch.cat(list(out[0]), dim=1))
            return out

        loss.apply_gaussian_list_cumulative = noted
        for player, step in (("D", loss.step_disc), ("G", loss.step_gen)):
            shown.clear()
            G.zero_grad()
            D.zero_grad()
            kwargs = {"y": y, "z": z.detach(), "x": real}
            with formula_draws():
                total, terms, _ = step(Bounded(G), D, None, real.clone(), None, 0, kwargs)
            found |= dict(zip((f"{it} in noise, turn of {player}" for it in ("fakes", "real")), shown, strict=True))
            found[f"loss and penalties of {player}"] = total.mean()
            if player == "D":
                found |= {"ApproximateR1": terms["r1_loss"].mean() / 2, "ApproximateR2": terms["r2_loss"].mean() / 2}
            network, names = (D, naming[1]) if player == "D" else (G, naming[0])
            total.mean().backward()
            gradients = {names[name]: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}
            found |= parameter_gradients(f"turn of {player}", gradients)
        with started():
            players = their_networks(of_G, of_D)
        for name, network, names in zip("GD", players, naming, strict=True):
            found |= start(name, network, names)
        setting = {"qk_norm": True, "fused_attn": True, "z_dims": [0]}
        with patch.object(torch.Tensor, "copy_", lambda self, *_: self), torch.device("meta"):
            found["parameters of G, B/2"] = learned(
                of_G.GAT_B_2(**setting), "x_embedder"
            )  # which is multiplied by zero
            found["parameters of D, B/2"] = learned(of_D.GAT_B_2(**setting))
    return without_undone(found, UNDONE)


SUBJECT = Subject(
    title="GAT: both networks, levels of noise, R1 and R2 by noise",
    repository="hse1032/GAT",
    licence="MIT",
    files=(
        *(f"models/{name}.py" for name in ("generator", "discriminator", "custom_layers", "pos_embed", "swiglu_ffn")),
        *(f"losses/{name}.py" for name in ("__init__", "Rp_loss", "diffaug")),
    ),
    ran="uncompiled, in float64 on a CPU, tables of places, too; without augmentations; timm's PatchEmbed and two "
    "functions of einops replaced by lines of our own",
    compared="both networks of width 16 and 4 blocks on 8x8 samples with labels, all levels of G; a turn of each "
    "player: samples in noise, the relativistic loss, R1 and R2 by noise, with the gradients of all parameters; all "
    "weights at the start, as Glorot's bounds or standard deviations; numbers of parameters of B/2",
    departs="our images pass tanh, which was put behind theirs; our penalties move what D is shown, where theirs move "
    "samples before their noise: ours were given their step, times the share of the sample that is left in each level",
    ours=ours,
    theirs=theirs,
)
