"""What the turns of a game are dealt, and the random streams that it is drawn from."""

import torch
from torch import Tensor

from ..data.feed import Feed
from ..data.pixels import flip, to_unit
from ..interfaces import Generator
from ..interfaces.turn import Player
from ..seeds import stream


class Dealer:
    """Deals real images as the players see them, and the latents and labels of fakes.

    Args:
        feed: of the real images.
        G: knows its latents.
        batch: of each turn.
        conditional: whether the players see labels.
        flips: show real images mirrored at random.
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
        conditional: bool,
        flips: bool,
        layout: torch.memory_format,
        seed: int,
        device: torch.device,
    ) -> None:
        self.feed, self.G, self.batch, self.device = feed, G, batch, device
        self.conditional, self.flips, self.layout = conditional, flips, layout
        seeds = {
            "noise": stream(seed, "noise"),
            "terms": stream(seed, "terms"),
            "flips.D": stream(seed, "data", -1),  # epochs count from 0
            "flips.G": stream(seed, "data", -2),
        }
        self.rng = {axis: torch.Generator(device).manual_seed(own) for axis, own in seeds.items()}

    def real(self, player: Player, turn: int) -> tuple[Tensor, Tensor | None]:
        """The real batch ``(B, C, H, W)`` of a player's turn, and its labels ``(B,)``, None if not conditional."""
        images, labels = self.feed.deal(player, turn)
        real = to_unit(images)
        if self.flips:
            real = flip(real, self.rng[f"flips.{player}"])
        return real.contiguous(memory_format=self.layout), labels if self.conditional else None

    def z(self) -> Tensor:
        """Latents of a batch of fakes."""
        return self.G.sample_z(self.batch, device=self.device, rng=self.rng["noise"])

    def y(self) -> Tensor | None:
        """``(B,)`` labels of a batch of fakes; None if not conditional."""
        return self.labels(self.batch, self.rng["noise"])

    def labels(self, n: int, rng: torch.Generator) -> Tensor | None:
        """``(n,)`` labels with the frequencies of the training set; None if not conditional."""
        labels = self.feed.labels
        if not self.conditional or labels is None:
            return None
        return labels[torch.randint(len(labels), (n,), device=self.device, generator=rng)]
