"""The two players: a generator and a discriminator."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from .size import Size

if TYPE_CHECKING:
    from .modality import Modality

# Ways to treat the samples of a batch, which decide whether several ranks can play a run, each its share:
# ``apart``: what it makes of a batch is the mean, or the row by row, of what it makes of its parts, batch statistics of
# torch's normalisation layers aside; ``gathered``: it looks at samples together, and asks for those of the whole batch
# with ``ganzoo.layers.gathered`` or ``batch_mean``; ``mixed``: it looks at samples together, and is not for ranks.
Samples = Literal["apart", "gathered", "mixed"]


class Generator(nn.Module, ABC):
    """Latents to images.

    Built with the keywords ``image_size``, ``channels`` and ``num_classes`` (0: no labels), which flow
    from the data, and with the recipe's own parameters. ``image_size`` is one number for squares, and
    ``(height, width)`` for other rectangles: ``ganzoo.layers.sides`` gives both of either. A network that takes
    squares alone needs nothing for that: where it fails on a rectangle, the build says so in a sentence.

    Attributes:
        z_dim: length of a latent.
        modality: of the data that it was built for; set by the build, for terms to read.
        conditional: whether it sees conditions; likewise.
        image_size, channels, num_classes: likewise, where the modality offers them.
        samples: how it treats the samples of a batch, see ``Samples``.
        mirror_symmetric: with weights that favour no side, no map that it makes does, along either axis; so images stay
            in their place while they are doubled. Convolutions of stride 2 have it with kernels of an even size alone.
            ``ganzoo check`` tries it.
        confines: modalities by parameter, as a literal: a recipe that gives the parameter is for these alone, as lists
            tell it. The constructor refuses the others.
    """

    samples: Samples = "apart"
    mirror_symmetric: bool = False
    confines: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    z_dim: int
    modality: "Modality"
    conditional: bool
    image_size: Size
    channels: int
    num_classes: int

    def sample_z(self, n: int, *, device: torch.device | str, rng: torch.Generator | None = None) -> Tensor:
        """Draw ``n`` latents, ``(n, z_dim)``; standard normal unless a paper says otherwise."""
        return torch.randn(n, self.z_dim, device=device, generator=rng)

    if TYPE_CHECKING:  # torch's own says that it gives anything

        def __call__(self, z: Tensor, y: Tensor | None = None) -> Tensor:
            """See ``forward``."""

    @abstractmethod
    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, conditions or None -> samples as they play.

        Conditions are labels, ``(B,)`` int64, or what the modality gives; of images samples are ``(B, C, H, W)`` in
        [-1, 1].
        """

    def sample(self, z: Tensor, y: Any = None) -> Any:
        """Return what is judged, shown and exported, where that is not what is trained; by default ``forward``.

        Such as hard choices in place of soft ones, or a loop of steps of which training plays one. It is asked in
        evaluation mode, without gradients.
        """
        return self(z, y)


class MappedGenerator(Generator):
    """A generator in two stages: latents to styles, styles to images.

    What is said of the images' smoothness in the styles needs the stages apart (arXiv:1912.04958, sec. 3.2).
    """

    @abstractmethod
    def map(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` labels or None -> ``(B, L, W)``: a style for each of ``L`` layers."""

    @abstractmethod
    def synthesise(self, w: Tensor) -> Tensor:
        """``(B, L, W)`` styles -> ``(B, C, H, W)`` images in [-1, 1]."""

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        return self.synthesise(self.map(z, y))


class Discriminator(nn.Module, ABC):
    """Images to named verdicts. Built with the same keywords as a generator.

    Attributes:
        outputs: every key that ``forward`` returns.
        heads: those outputs that are verdicts of their own, each ``(B, ...)``, of which ``logits`` are all, side by
            side, ``(B, P)``. The loss is taken of each head, and the mean descended, so that heads count alike.
        modality: of the data that it was built for; set by the build, for terms to read.
        conditional: whether it sees conditions; likewise.
        image_size, channels, num_classes: likewise, where the modality offers them.
        samples: how it treats the samples of a batch, see ``Samples``.
        mirror_symmetric: with weights that favour no side, mirrored images give mirrored maps, along both axes; so
            images stay in their place while they are halved. Convolutions of stride 2 have it with kernels of an even
            size alone. ``ganzoo check`` tries it.
        confines: as of a ``Generator``.
    """

    samples: Samples = "apart"
    mirror_symmetric: bool = False
    confines: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    outputs: ClassVar[frozenset[str]] = frozenset({"logits"})
    heads: tuple[str, ...] = ()
    modality: "Modality"
    conditional: bool
    image_size: Size
    channels: int
    num_classes: int

    if TYPE_CHECKING:  # torch's own says that it gives anything

        def __call__(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
            """See ``forward``."""

    @abstractmethod
    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """Samples as they play, such as images ``(B, C, H, W)``, conditions or None -> ``{"logits": (B, ...), ...}``.

        Conditions are labels, ``(B,)`` int64, or what the modality gives.
        """
