"""Images with sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from ganzoo.errors import DataError
from ganzoo.interfaces import Deal, Modality, Row, Rows, Size
from ganzoo.interfaces.size import sides, size_of
from ganzoo.layers import coins, mirrored, to_bytes, to_unit
from ganzoo.samples import Sample, each, leaves

from .fields import as_bytes, as_text, fields_of
from .hashed import SIZE, hashed
from .one_caption import OneCaption


@dataclass(frozen=True)
class Captions(Modality):
    """Images, each with one or more sentences, of which it takes one at random each time it comes.

    At rest: ``x``, the images, ``(N, C, H, W)`` uint8; ``vector``, their sentences as an encoder sees them,
    ``(N, K, E)`` float32; ``text``, the same as UTF-8 with zeros behind, ``(N, K, L)`` uint8; ``count``, how many of
    the K each image has; and ``caption``, the numbers 0 to K - 1, by which one is dealt. Images play in [-1, 1]. A
    condition is ``{"vector": (B, E), "text": (B, L)}``; networks read the vector, and pictures the text.

    The encoder runs once, when data are read. Another one is a subclass with an ``encode`` of its own, registered under
    a name of its own.

    Source: arXiv:1605.05396, sec. 5, where each image has 5 captions.

    Attributes:
        image_size: height and width in pixels: one number for squares, else both.
        channels: 1 for grey, 3 for RGB.
        sentence_size: E, how many numbers a sentence is.
        captions: K, the most sentences that an image has.
        letters: L, bytes of the longest sentence.
    """

    name: ClassVar[str] = "captions"
    called: ClassVar[str] = "captioned images"
    offered: ClassVar[frozenset[str]] = frozenset({"image_size", "channels", "sentence_size"})
    extractor: ClassVar[str] = "inception"
    metrics: ClassVar[tuple[str, ...]] = ("caption-accuracy", "fid")
    whole: ClassVar[frozenset[str]] = frozenset({"caption"})
    mirrored: ClassVar[bool] = True
    judged_as: ClassVar[str] = "images"
    pictured: ClassVar[int] = 20

    image_size: Size = 32
    channels: int = 3
    sentence_size: int = SIZE
    captions: int = 2
    letters: int = 16

    def __post_init__(self) -> None:
        """Write the size as networks are given it, one number for squares."""
        object.__setattr__(self, "image_size", size_of(*sides(self.image_size)))

    @classmethod
    def encode(cls, sentences: Sequence[str]) -> np.ndarray:
        """Return a vector for each sentence, ``(S, E)`` float32; here its words' hashed pieces."""
        return hashed(sentences)

    def offers(self, *, conditional: bool) -> dict[str, Any]:
        """Return ``image_size``, ``channels`` and ``sentence_size``, 0 where the players are shown no sentences."""
        size = self.sentence_size if conditional else 0
        return {"image_size": self.image_size, "channels": self.channels, "sentence_size": size}

    def play(
        self, row: Row, *, flips: bool, rng: torch.Generator, noise: torch.Generator | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return images in [-1, 1], and the sentence that each was dealt."""
        x = to_unit(row["x"])
        return mirrored(x, coins(len(x), rng)) if flips else x, self.condition(row)

    def condition(self, row: Row) -> dict[str, Tensor]:
        """Return the sentence of each image that its row's ``caption`` counts, again from the first."""
        number, count = row["caption"], row["count"]
        if len(number) != len(count):  # rows that were not dealt, but picked by hand
            number = number[torch.arange(len(count), device=number.device) % len(number)]
        at = (number % count).view(-1, 1, 1)
        fields = {name: row[name] for name in ("vector", "text")}
        return {name: field.gather(1, at.expand(-1, 1, field.shape[2]))[:, 0] for name, field in fields.items()}

    def rest(self, sample: Sample) -> Sample:
        """Return images in [-1, 1] as bytes."""
        rested: Sample = each(to_bytes, sample)
        return rested

    def deal(self, fields: Mapping[str, Tensor], seed: int) -> Deal:
        """Shuffle the images, and draw one of each image's captions."""
        return OneCaption(list(fields), fields["count"], seed)

    def example(self, n: int = 2) -> dict[str, Tensor]:
        """Return grey ramps, and sentences on them."""
        height, width = sides(self.image_size)
        first = torch.linspace(0, 200, self.channels * height * width).view(1, self.channels, height, width)
        x = (first + torch.arange(n).view(n, 1, 1, 1) * 5 % 50).to(torch.uint8)
        texts = torch.from_numpy(as_bytes(["ramp", "a ramp".ljust(self.letters)]))[:, : self.letters]
        count = min(n, self.captions)  # so that the rows hold the numbers of all captions
        numbers = torch.arange(n * self.captions * self.sentence_size).view(n, self.captions, self.sentence_size)
        return {
            "x": x,
            "vector": numbers.float().sin(),
            "text": texts[torch.arange(n * self.captions).view(n, self.captions) % 2],
            "count": torch.full((n,), count),
            "caption": torch.arange(n) % count,
        }

    @classmethod
    def tried(cls) -> tuple[tuple[str, Modality], ...]:
        """Return small images, grey and in colour, with short vectors."""
        return tuple((f"{cls.name} of {what}", cls(8, n, 6)) for what, n in (("grey images", 1), ("colour", 3)))

    def described(self, fields: Mapping[str, Tensor]) -> str:
        """Return such as ``1,797 captioned images of 8x8x1``."""
        height, width = sides(self.image_size)
        return f"{len(fields['x']):,} {self.plural} of {height}x{width}x{self.channels}"

    def explained(self, fields: Mapping[str, Tensor]) -> list[str]:
        """Say how many sentences there are, and what the first image's are."""
        few, most = int(fields["count"].min()), int(fields["count"].max())
        told = [as_text(row) for row in fields["text"][0, : int(fields["count"][0])].numpy()]
        many = f"{few} to {most} sentences" if few < most else f"{most} sentence{'s' * (most > 1)}"
        return [
            f"{many} an image, each {self.sentence_size} numbers",
            "the first image: " + "; ".join(f'"{one}"' for one in told[:5]) + ("; ..." if len(told) > 5 else ""),
        ]

    def picture(self, fake: Sample, real: Sample | None, y: Sample | None) -> bytes:
        """Draw images with their sentences beside them, and the real ones of the same sentences."""
        from .picture import with_sentences

        made = {"made": leaves(fake)[0]} | ({} if real is None else {"real": leaves(real)[0]})
        return with_sentences({title: one.cpu().numpy() for title, one in made.items()}, texts_of(y))

    def picture_of_data(self, real: Sample, y: Sample | None) -> bytes:
        """Draw real images with a sentence of each."""
        from .picture import with_sentences

        return with_sentences({"real": leaves(real)[0].cpu().numpy()}, texts_of(y))

    def as_images(self, sample: Sample) -> Tensor:
        """Return the images themselves."""
        return leaves(sample)[0]

    def arrays(self, sample: Sample) -> dict[str, Tensor]:
        """Return ``images``, uint8 ``(N, C, H, W)``."""
        return {"images": leaves(sample)[0]}

    @classmethod
    def rows_of(cls, x: np.ndarray, captions: Sequence[Sequence[str]]) -> Rows:
        """Return images ``(N, C, H, W)`` uint8 with the captions of each, one or more, as this modality's rows."""
        fields = fields_of(x, captions, cls.encode)
        most, size = fields["vector"].shape[1:]
        made = cls(size_of(*x.shape[2:]), x.shape[1], size, most, fields["text"].shape[2])
        return Rows(made, fields)

    @classmethod
    def of(cls, rows: Rows) -> Rows | None:
        """Take images of known classes, and say of each what it shows; None of what are no images.

        Raises:
            DataError: they have no classes.
        """
        from .templates import sentences_of

        x, y = rows.fields.get("x"), rows.fields.get("y")
        if x is None or x.dtype != np.uint8 or x.ndim != 4 or x.shape[1] not in (1, 3):
            return None
        if y is None or not rows.classes:
            raise DataError(
                "these images have no classes, so that nothing can be said of them: write their captions into "
                "captions.jsonl beside them, and read the folder with --modality captions"
            )
        said = sentences_of(rows.classes)
        return cls.rows_of(x, [said[label] for label in y])

    @classmethod
    def read(cls, path: Path) -> Rows | None:
        """Read a folder of images with a file ``captions.jsonl``, or that file; None where there is none.

        Raises:
            DataError: a line or an image is broken, or all images are not of one size.
        """
        from .reading import read_captions

        found = read_captions(path)
        return None if found is None else cls.rows_of(*found)


def texts_of(y: Sample | None) -> list[str] | None:
    """Return the sentences of conditions; None where there are none."""
    return [as_text(row) for row in y["text"].cpu().numpy()] if isinstance(y, Mapping) else None
