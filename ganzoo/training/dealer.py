"""The dealer of turns, and the random streams that it draws from."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..data.feed import Feed, make_feed
from ..data.pixels import are_points, dequantized, flip, to_unit
from ..interfaces import Generator
from ..interfaces.turn import Player
from ..recipes.recipe import Recipe
from ..seeds import stream
from .labels import label
from .ranks import Draws

if TYPE_CHECKING:
    from .trainer import Trainer


def make_dealer(
    game: "Trainer",
    images: Tensor,
    labels: Tensor | None,
    *,
    seed: int,
    flips: bool | None,
    streamed: bool | None,
    layout: torch.memory_format,
) -> "Dealer":
    """Make what deals a game its images, with their feed; the arguments are the trainer's."""
    recipe, shared = game.recipe, game.shared
    feed = make_feed(
        images,
        labels,
        batch=recipe.schedule.batch,
        rows=game.rows,
        seed=seed,
        device=game.device,
        streamed=streamed,
        share=(0, 1) if shared is None else (shared.ranks.number, shared.ranks.count),
    )
    return Dealer(
        feed,
        game.parts.G,
        batch=feed.batch,
        draws=None if shared is None else shared.draws,
        conditional=recipe.conditional,
        dequantize=recipe.dequantize and not are_points(images),
        flips=mirrors(recipe, flips, images),
        layout=layout,
        seed=seed,
        device=game.device,
    )


def mirrors(recipe: Recipe, flips: bool | None, images: Tensor) -> bool:
    """Return whether a game shows real images mirrored at random; ``flips`` and ``images`` are the trainer's."""
    return (recipe.flips if flips is None else flips) and not are_points(images)


class Dealer:
    """Deals real images as the players see them, and the latents and labels of fakes.

    Args:
        feed: of the real images.
        G: knows its latents.
        batch: of each turn; where several ranks play, this one's share of it.
        draws: of the ranks; None where one process plays.
        conditional: whether the players see labels.
        flips: show real images mirrored at random.
        dequantize: show real images with noise of one grey level.
        layout: of the real images.
        seed: of the run.
        device: of all that is dealt.

    Attributes:
        rng: the streams, by name; ``terms`` is for the draws of loss and regularizers.
    """

    def __init__(
        self,
        feed: Feed,
        G: Generator,
        *,
        batch: int,
        draws: Draws | None = None,
        conditional: bool,
        flips: bool,
        dequantize: bool,
        layout: torch.memory_format,
        seed: int,
        device: torch.device,
    ) -> None:
        self.feed, self.G, self.batch, self.device = feed, G, batch, device
        self.draws = draws
        self.conditional, self.flips, self.layout = conditional, flips, layout
        seeds = {
            "noise": stream(seed, "noise"),
            "terms": stream(seed, "terms"),
            "flips.D": stream(seed, "data", -1),  # epochs count from 0
            "flips.G": stream(seed, "data", -2),
        }
        self.dequantize = dequantize
        if dequantize:  # no stream more for others: a checkpoint holds each
            seeds |= {"dequantize.D": stream(seed, "data", -4), "dequantize.G": stream(seed, "data", -5)}
        self.rng = {axis: torch.Generator(device).manual_seed(own) for axis, own in seeds.items()}

    def real(self, player: Player, turn: int) -> tuple[Tensor, Tensor | None]:
        """Return the real batch ``(B, C, H, W)`` of a player's turn, and its labels ``(B,)``, None
        if not conditional.
        """
        with label("data"):
            with nullcontext() if self.draws is None else self.draws.of_order():
                images, labels = self.feed.deal(player, turn)
            real = self._played(images, player)
            if self.flips:
                with self._whole():
                    real = flip(real, self.rng[f"flips.{player}"])
            return real.contiguous(memory_format=self.layout), labels if self.conditional else None

    def _played(self, images: Tensor, player: Player) -> Tensor:
        """Return images at rest as they are played."""
        if not self.dequantize:
            return to_unit(images)
        with self._whole():
            noise = torch.rand(images.shape, device=self.device, generator=self.rng[f"dequantize.{player}"])
        return dequantized(images, noise)

    def z(self) -> Tensor:
        """Latents of a batch of fakes."""
        with label("data"), self._whole():
            return self.G.sample_z(self.batch, device=self.device, rng=self.rng["noise"])

    def y(self) -> Tensor | None:
        """``(B,)`` labels of a batch of fakes; None if not conditional."""
        with label("data"), self._whole():
            return self.labels(self.batch, self.rng["noise"])

    def _whole(self) -> AbstractContextManager[None]:
        """Around a draw: a rank draws for the whole batch, and keeps its share."""
        return nullcontext() if self.draws is None else self.draws.of_engine()

    def labels(self, n: int, rng: torch.Generator) -> Tensor | None:
        """``(n,)`` labels with the frequencies of the training set; None if not conditional."""
        labels = self.feed.labels
        if not self.conditional or labels is None:
            return None
        return labels[torch.randint(len(labels), (n,), device=self.device, generator=rng)]
