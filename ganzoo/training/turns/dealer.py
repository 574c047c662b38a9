"""The dealer of turns, and the random streams that it draws from."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ...data.feeds.feed import Feed
from ...data.feeds.feeding import make_feed
from ...interfaces import Generator, Modality
from ...interfaces.turn import Player
from ...recipes.recipe import Recipe
from ...seeds import stream
from ..labels import label
from ..ranks import Draws
from .layout import laid

if TYPE_CHECKING:
    from ..trainer import Trainer


def make_dealer(
    game: "Trainer",
    fields: Mapping[str, Tensor],
    *,
    seed: int,
    flips: bool | None,
    streamed: bool | None,
    layout: torch.memory_format,
) -> "Dealer":
    """Make what deals a game its data, with their feed; the arguments are the trainer's."""
    recipe, shared, modality = game.recipe, game.shared, game.modality
    if not recipe.conditional:  # a deal by conditions, such as one of rare ones more often, would be for nobody
        fields = {name: field for name, field in fields.items() if name != "y"}
    feed = make_feed(
        modality,
        fields,
        batch=recipe.schedule.batch,
        rows=game.rows,
        seed=seed,
        device=game.device,
        streamed=streamed,
        share=(0, 1) if shared is None else (shared.ranks.number, shared.ranks.count),
    )
    if feed.sent and recipe.conditional and recipe.schedule.labels == "independent":
        modality.condition(feed.drawn(1, torch.Generator(game.device), waits=False))  # which refuses what is streamed
    return Dealer(
        modality,
        feed,
        game.parts.G,
        batch=feed.batch,
        draws=None if shared is None else shared.draws,
        conditional=recipe.conditional,
        dequantize=recipe.dequantize and modality.quantised,
        flips=mirrors(recipe, flips, modality),
        layout=layout,
        seed=seed,
        device=game.device,
    )


def mirrors(recipe: Recipe, flips: bool | None, modality: Modality) -> bool:
    """Return whether a game shows real samples mirrored at random; ``flips`` and ``modality`` are the trainer's."""
    return (recipe.flips if flips is None else flips) and modality.mirrored


class Dealer:
    """Deals real samples as the players see them, and the latents and conditions of fakes.

    Args:
        modality: knows how data are played.
        feed: of the data.
        G: knows its latents.
        batch: of each turn; where several ranks play, this one's share of it.
        draws: of the ranks; None where one process plays.
        conditional: whether the players see conditions.
        flips: show real samples mirrored at random.
        dequantize: show real samples with noise of the width of a level.
        layout: of all that has four dimensions.
        seed: of the run.
        device: of all that is dealt.

    Attributes:
        rng: the streams, by name; ``terms`` is for the draws of loss and regularizers.
    """

    def __init__(
        self,
        modality: Modality,
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
        self.modality, self.feed, self.G, self.batch, self.device = modality, feed, G, batch, device
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

    def real(self, player: Player, turn: int) -> tuple[Any, Any]:
        """Return the real samples of a player's turn, and their conditions, None if not conditional."""
        with label("data"):
            with nullcontext() if self.draws is None else self.draws.of_order():
                row = self.feed.deal(player, turn)
            with self._whole():
                real, y = self.modality.play(
                    row,
                    flips=self.flips,
                    rng=self.rng[f"flips.{player}"],
                    noise=self.rng[f"dequantize.{player}"] if self.dequantize else None,
                )
            return laid(real, self.layout), laid(y, self.layout) if self.conditional else None

    def z(self) -> Tensor:
        """Latents of a batch of fakes."""
        with label("data"), self._whole():
            return self.G.sample_z(self.batch, device=self.device, rng=self.rng["noise"])

    def y(self) -> Any:
        """Conditions of a batch of fakes; None if not conditional."""
        with label("data"), self._whole():
            return self._conditions(self.batch, self.rng["noise"], waits=False)

    def _whole(self) -> AbstractContextManager[None]:
        """Around a draw: a rank draws for the whole batch, and keeps its share."""
        return nullcontext() if self.draws is None else self.draws.of_engine()

    def labels(self, n: int, rng: torch.Generator) -> Any:
        """``n`` conditions with the frequencies of the training set; None if not conditional. The device may wait."""
        return self._conditions(n, rng, waits=True)

    def _conditions(self, n: int, rng: torch.Generator, *, waits: bool) -> Any:
        if not self.conditional:
            return None
        return laid(self.modality.condition(self.feed.drawn(n, rng, waits=waits)), self.layout)
