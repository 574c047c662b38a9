"""Other programs that compute FID, by what they do before the distance: the files they read, and how they resize."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..bench.results.bench_files.evaluation import EvaluatedProgram, Evaluation
from ..errors import GanzooError, suggest
from ..text import some_of

_SHOWN = 4
_WIDTH = 2048  # features of Inception


@dataclass(frozen=True)
class Program:
    """A program whose numbers are reproduced.

    Attributes:
        name: of the program.
        extractor: the registered extractor that sees images as it does.
        endings: of the files that it reads, without dots.
        any_case: it reads them in capitals, too.
        deep: it looks into folders below.
        resizes: how it brings images to the network's 299 x 299 pixels, in words.
    """

    name: str
    extractor: str
    endings: frozenset[str]
    any_case: bool
    deep: bool
    resizes: str

    def reads(self, name: str) -> bool:
        """Say whether it would read a file.

        Args:
            name: relative, with ``/`` between folders.
        """
        stem, dot, end = name.rpartition("/")[2].rpartition(".")
        end = end.lower() if self.any_case else end
        return bool(stem and dot) and end in self.endings and (self.deep or "/" not in name)

    @property
    def told(self) -> str:
        """Description for people."""
        below = "in all folders" if self.deep else "at the top"
        return (
            f"{self.resizes}; reads files {below} ({some_of(sorted(self.endings), _SHOWN)}), colours as they are stored"
        )


PROGRAMS = {
    found.name: found
    for found in (
        Program(
            "torch-fidelity",
            "inception",
            frozenset(("png", "jpg", "jpeg")),
            any_case=True,
            deep=False,
            resizes="bilinear as TensorFlow 1, without antialiasing, corners in place",
        ),
        Program(
            "pytorch-fid",
            "inception-pytorch-fid",
            frozenset(("bmp", "jpg", "jpeg", "pgm", "png", "ppm", "tif", "tiff", "webp")),
            any_case=False,
            deep=False,
            resizes="bilinear as PyTorch, without antialiasing, pixels' centres in place",
        ),
        Program(
            "clean-fid",
            "inception-clean-fid",
            frozenset(
                ("bmp", "jpg", "jpeg", "pgm", "png", "ppm", "tif", "tiff", "webp", "JPEG", "JPG", "PNG"),
            ),
            any_case=False,
            deep=True,
            resizes="bicubic as Pillow on floats, with antialiasing",
        ),
    )
}
"""The programs by name.

Source: torch-fidelity 0.4.0 (datasets.py, utils.py), pytorch-fid 0.3.0 (fid_score.py), clean-fid 0.1.35 (utils.py,
resize.py); arXiv:2104.11222 for what these choices do to the number.
"""


OF_PROGRAMS = ("fid",)
"""The metrics that all of these programs have by default."""


def joined(found: Sequence[Evaluation], programs: Sequence[Program]) -> Evaluation:
    """Return the first evaluation, with the numbers of all programs.

    Args:
        found: an evaluation for each program, or a single one without any.
        programs: in the same order.
    """
    if not programs:
        return found[0]
    told = [
        EvaluatedProgram(
            name=program.name,
            extractor=one.extractor,
            generated=one.generated.n,
            real=one.real.n,
            metrics={key: metric.value for key, metric in one.metrics.items()},
            sees=program.told,
        )
        for program, one in zip(programs, found, strict=True)
    ]
    notes = [*found[0].notes, *_notes(found[0])]
    return found[0].model_copy(update={"programs": told, "notes": notes})


def _notes(found: Evaluation) -> list[str]:
    """Say what of these programs is not reproduced."""
    n, width = min(found.generated.n or 0, found.real.n or 0), _WIDTH
    said = []
    if n <= width:
        said.append(
            f"of {n:,} images, no more than the {width:,} features, covariances are singular: pytorch-fid and "
            "clean-fid take an inexact root there, which is not reproduced"
        )
    if "kid" in found.metrics:
        said.append("KID is over torch-fidelity's random subsets; clean-fid draws others")
    return said


def programs_of(given: str | Sequence[str] | None) -> list[Program]:
    """Return the programs that were asked for, in that order; none for None.

    Raises:
        GanzooError: there is no such program.
    """
    if given is not None and not isinstance(given, Iterable):
        raise GanzooError(f"a program is a name, and not {given!r:.60}")
    names = [] if given is None else given.split(",") if isinstance(given, str) else list(map(str, given))
    found = []
    for name in dict.fromkeys(name.strip() for name in names):
        if name not in PROGRAMS:
            raise GanzooError(f"no program {name!r} whose numbers are reproduced: {suggest(name, PROGRAMS)}")
        found.append(PROGRAMS[name])
    return found
