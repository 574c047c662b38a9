"""Training loops of GANs written out, as people write them: what ganzoo's step is measured against.

It is no script of its own. Each loop is a function that gives its step: ``d_steps`` turns of the discriminator and one
of the generator, on networks, losses and data that are the same for all.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from ganzoo_plugins.images.pixels import dequantized
from torch import Tensor, nn
from torch.nn.functional import relu, softplus

from ganzoo.interfaces import Discriminator, Generator
from ganzoo.interfaces.order import Order
from ganzoo.layers import to_unit
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.changing import schedules_of
from ganzoo.recipes.recipe import Recipe
from ganzoo.registry.registry import Registry
from ganzoo.seeds import stream

Step = Callable[[], object]

D_LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "non-saturating": lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
    "hinge": lambda real, fake: relu(1 - real).mean() + relu(1 + fake).mean(),
    "wasserstein": lambda real, fake: fake.mean() - real.mean(),
}
G_LOSSES: dict[str, Callable[[Tensor], Tensor]] = {
    "non-saturating": lambda fake: softplus(-fake).mean(),
    "hinge": lambda fake: -fake.mean(),
    "wasserstein": lambda fake: -fake.mean(),
}


@dataclass
class Game:
    """The arguments of a loop: fresh networks of a recipe, their losses and optimizers, data and noise.

    With one seed every game starts from the same weights and deals the same batches and noise as ``Trainer`` does.

    Attributes:
        penalty: weight of the gradient penalty; 0 for none.
        low: the type that autocast computes in; None for float32.
    """

    recipe: Recipe
    G: Generator
    D: Discriminator
    device: torch.device
    penalty: float
    low: torch.dtype | None
    images: Tensor
    order: Order
    noise: torch.Generator
    terms: torch.Generator
    grey: torch.Generator
    dealt: int = 0

    @classmethod
    def begin(
        cls,
        recipe: Recipe,
        registry: Registry,
        images: Tensor,
        *,
        seed: int = 0,
        device: str | torch.device = "cpu",
        low: torch.dtype | None = None,
        memory_format: torch.memory_format = torch.contiguous_format,
    ) -> "Game":
        """Build the networks for ``images``, ``(N, C, H, W)`` uint8, and put all on the device.

        Raises:
            ValueError: the recipe has more than these loops know.
        """
        weights = {part.name: part.params.get("weight", 10.0) for part in recipe.regularizers}
        if recipe.loss.name not in D_LOSSES or weights.keys() - {"gradient-penalty", "spectral-norm"}:
            raise ValueError(f"the loops written out know no recipe such as {recipe.name}")
        size, channels = images.shape[-1], images.shape[1]
        parts = build_parts(recipe, registry, image_size=size, channels=channels, num_classes=0, seed=seed)
        for player in (parts.G, parts.D):
            player.to(device, memory_format=memory_format)
        return cls(
            recipe,
            parts.G,
            parts.D,
            torch.device(device),
            penalty=weights.get("gradient-penalty", 0.0),
            low=low,
            images=images.to(device),
            order=Order(len(images), seed),
            noise=torch.Generator(device).manual_seed(stream(seed, "noise")),
            terms=torch.Generator(device).manual_seed(stream(seed, "terms")),
            grey=torch.Generator(device).manual_seed(stream(seed, "data", -4)),
        )

    def adam(self, player: nn.Module, **how: bool) -> torch.optim.Adam:
        """Return the recipe's Adam for a player, in torch's default form unless ``how`` says otherwise."""
        spec = self.recipe.g_optimizer if player is self.G else self.recipe.d_optimizer
        if spec.name != "adam" or spec.params.keys() - {"betas"} or schedules_of(self.recipe):
            raise ValueError(
                f"the loops written out know Adam with betas, no {spec.name} with {spec.params}, no values that change"
            )
        return torch.optim.Adam(player.parameters(), lr=spec.lr, betas=tuple(spec.params["betas"]), **how)

    @property
    def batch(self) -> int:
        """Images in a batch."""
        return self.recipe.schedule.batch

    @property
    def d_steps(self) -> int:
        """Turns of the discriminator for one of the generator."""
        return self.recipe.schedule.d_steps

    def real(self) -> Tensor:
        """Return the next batch of real images, in [-1, 1], with noise of one grey level where the recipe has it."""
        pick = self.order.take(self.dealt, self.batch)
        self.dealt += self.batch
        images = self.images[pick.to(self.device, non_blocking=True)]
        if not self.recipe.dequantize:
            return to_unit(images)
        return dequantized(images, torch.rand(images.shape, device=self.device, generator=self.grey))

    def z(self) -> Tensor:
        """Fresh latents."""
        return self.G.sample_z(self.batch, device=self.device, rng=self.noise)

    def d_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return what D descends, of its logits."""
        return D_LOSSES[self.recipe.loss.name](real, fake)

    def g_loss(self, fake: Tensor) -> Tensor:
        """Return what G descends, of D's logits."""
        return G_LOSSES[self.recipe.loss.name](fake)

    def gradient_penalty(self, real: Tensor, fake: Tensor) -> Tensor:
        """``penalty`` times (|grad D(x)| - 1)^2 on lines between real and fake images (arXiv:1704.00028)."""
        share = torch.rand(len(real), 1, 1, 1, device=self.device, generator=self.terms)
        x = torch.lerp(real.detach(), fake.detach(), share).requires_grad_()
        (gradient,) = torch.autograd.grad(self.D(x)["logits"].sum(), x, create_graph=True)
        return self.penalty * (gradient.flatten(1).norm(dim=1) - 1).square().mean()

    def d_cast(self) -> AbstractContextManager:
        """Autocast of D's turn; with a penalty the turn is in float32, where alone its second derivatives are sound."""
        return nullcontext() if self.penalty else self.g_cast()

    def g_cast(self) -> AbstractContextManager:
        """Autocast of G's turn."""
        return nullcontext() if self.low is None else torch.autocast(self.device.type, dtype=self.low)


def plain(game: Game) -> Step:
    """Return the loop of most repositories: fresh fakes in each turn, detached in D's, nothing frozen."""
    G, D = game.G, game.D
    g_optimizer, d_optimizer = game.adam(G), game.adam(D)

    def step() -> None:
        for _ in range(game.d_steps):
            real = game.real()
            d_optimizer.zero_grad()
            with game.d_cast():
                on_real = D(real)["logits"].float()
                fake = G(game.z()).detach()
                on_fake = D(fake)["logits"].float()
            loss = game.d_loss(on_real, on_fake)
            if game.penalty:
                loss = loss + game.gradient_penalty(real, fake)
            loss.backward()
            d_optimizer.step()
        g_optimizer.zero_grad()
        with game.g_cast():
            on_fake = D(G(game.z()))["logits"].float()
        game.g_loss(on_fake).backward()
        g_optimizer.step()

    return step


def plain_shared(game: Game) -> Step:
    """Return the loop of PyTorch's DCGAN example: G's turn plays on with the fakes of D's last turn."""
    G, D = game.G, game.D
    g_optimizer, d_optimizer = game.adam(G), game.adam(D)

    def step() -> None:
        for _ in range(game.d_steps):
            real = game.real()
            d_optimizer.zero_grad()
            with game.d_cast():
                on_real = D(real)["logits"].float()
                fake = G(game.z())
                on_fake = D(fake.detach())["logits"].float()
            loss = game.d_loss(on_real, on_fake)
            if game.penalty:
                loss = loss + game.gradient_penalty(real, fake)
            loss.backward()
            d_optimizer.step()
        g_optimizer.zero_grad()
        with game.g_cast():
            on_fake = D(fake)["logits"].float()
        game.g_loss(on_fake).backward()
        g_optimizer.step()

    return step


def studiogan(game: Game) -> Step:
    """Return the shape of StudioGAN's worker: each turn freezes the other player, so D's fakes carry no graph."""
    G, D = game.G, game.D
    g_optimizer, d_optimizer = game.adam(G), game.adam(D)

    def toggle(player: nn.Module, wanted: bool) -> None:
        for weight in player.parameters():
            weight.requires_grad = wanted

    def step() -> None:
        toggle(G, False)
        toggle(D, True)
        for _ in range(game.d_steps):
            real = game.real()
            d_optimizer.zero_grad()
            with game.d_cast():
                fake = G(game.z())
                on_real = D(real)["logits"].float()
                on_fake = D(fake)["logits"].float()
            loss = game.d_loss(on_real, on_fake)
            if game.penalty:
                loss = loss + game.gradient_penalty(real, fake)
            loss.backward()
            d_optimizer.step()
        toggle(D, False)
        toggle(G, True)
        g_optimizer.zero_grad()
        with game.g_cast():
            on_fake = D(G(game.z()))["logits"].float()
        game.g_loss(on_fake).backward()
        g_optimizer.step()

    return step


def pytorch_gan(game: Game) -> Step:
    """Return the shapes of PyTorch-GAN: with one turn of D, G moves first and D is shown the same fakes; else D moves
    first.

    In its WGAN-GP the fakes of D's turn are not detached, so that D's backward pass goes on through G.
    """
    G, D = game.G, game.D
    g_optimizer, d_optimizer = game.adam(G), game.adam(D)

    def once() -> None:
        real = game.real()
        g_optimizer.zero_grad()
        with game.g_cast():
            fake = G(game.z())
            on_fake = D(fake)["logits"].float()
        game.g_loss(on_fake).backward()
        g_optimizer.step()
        d_optimizer.zero_grad()
        with game.d_cast():
            on_real = D(real)["logits"].float()
            on_fake = D(fake.detach())["logits"].float()
        loss = game.d_loss(on_real, on_fake)
        if game.penalty:
            loss = loss + game.gradient_penalty(real, fake)
        loss.backward()
        d_optimizer.step()

    def several() -> None:
        for _ in range(game.d_steps):
            real = game.real()
            z = game.z()
            d_optimizer.zero_grad()
            with game.d_cast():
                fake = G(z)
                on_real = D(real)["logits"].float()
                on_fake = D(fake)["logits"].float()
            loss = game.d_loss(on_real, on_fake)
            if game.penalty:
                loss = loss + game.gradient_penalty(real, fake)
            loss.backward()
            d_optimizer.step()
        g_optimizer.zero_grad()
        with game.g_cast():
            on_fake = D(G(z))["logits"].float()
        game.g_loss(on_fake).backward()
        g_optimizer.step()

    return once if game.d_steps == 1 else several
