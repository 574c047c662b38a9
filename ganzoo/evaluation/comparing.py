"""Evaluation of any generated images against any real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..api.arguments import path_text, whole
from ..bench.results.bench_files.evaluation import EvaluatedSet, Evaluation
from ..bench.runs.environment import devices
from ..data import Fitting
from ..data.pictures.fitting import Crop, Resize
from ..errors import DataError, GanzooError, MetricError
from ..interfaces.size import Size
from ..registry.discovery import Zoo, load_zoo
from ..seeds import LARGEST_SEED
from ..storage.cache import Cache
from .comparison import Compared, Comparison, Wish
from .opening import Draws, Opener
from .page import write_page
from .programs import OF_PROGRAMS, Program, joined, programs_of
from .rows.real_rows import RealRows
from .rows_comparison import compare_rows
from .sets.statistics import write_statistics

REPLICATES = 20


def evaluate(
    generated: Any,
    real: Any,
    *,
    metrics: Sequence[str] | None = None,
    extractor: str | None = None,
    extractor_weights: Path | str | None = None,
    program: str | Sequence[str] | None = None,
    samples: int | None = None,
    seed: int | None = None,
    replicates: int = REPLICATES,
    pairs: bool = True,
    device: str = "auto",
    data_dir: Path | str | None = None,
    skip_bad: bool = False,
    size: Size | None = None,
    crop: Crop | None = None,
    resize: Resize | None = None,
    grey_to_rgb: bool = False,
    modality: str | None = None,
    report: Path | str | None = None,
    zoo: Zoo | None = None,
) -> Evaluation:
    """Compare generated images, or samples of any modality, with real ones by metrics.

    Either set is a folder, an archive, an ``.npz``, the name of a data set, or a tensor or array of uint8 images; the
    generated one may be a run, a model or what ``ganzoo.load`` opens, the real one a file of statistics, or data of any
    modality, which samples in files or in memory are compared with. Real data are remembered by their contents.

    Args:
        generated: the set that is judged.
        real: the set that it is compared with.
        metrics: registered names, also as ``"fid,kid"``; None for those of the real data set, or these two.
        extractor: registered name; None for that of the real data set, or ``inception``.
        extractor_weights: the file of the extractor's weights.
        program: torch-fidelity, pytorch-fid or clean-fid, to see files as it does; of several all numbers are given.
        samples: how many images a generator draws; None for as many as the real ones are, 50,000 at most.
        seed: of its noise; None for the run's own, or 0.
        replicates: random halves of the generated set that give each number's spread: 2 or more, or 0 for none.
        pairs: look for the real image nearest to each generated one.
        device: auto, cpu, mps, cuda or cuda:N.
        data_dir: the folder of a named data set's files.
        skip_bad: leave files out that are no images.
        size: the side, or height and width, that the images of both sets are brought to; None for none.
        crop: center, random or none; None for center.
        resize: lanczos, bicubic or area; None for lanczos.
        grey_to_rgb: make grey images RGB.
        modality: the name of the one that both sets are read as, or taken for; None for what the real data are.
        report: a file that gets a page with the numbers, both sets, and nearest and farthest pairs.
        zoo: the parts; None for all that are installed.

    Raises:
        GanzooError: a set cannot be read, the extractor or a metric does not fit it, or weights are missing.
    """
    programs = own_programs(program, extractor, fitting := Fitting.asked(size, crop, resize, grey_to_rgb))
    wish = Wish(_names(metrics), extractor, _path(extractor_weights, "extractor_weights"), devices(str(device))[0])
    with ExitStack() as stack:
        opener = _opener(stack, zoo, data_dir, skip_bad, fitting, modality=modality)
        compare = partial(_compared, opener, wish, generated, real, _draws(samples, seed, str(device)))
        return _by_programs(compare, programs, replicates, pairs, _path(report, "report"))


def _opener(
    stack: ExitStack,
    zoo: Zoo | None,
    data_dir: Path | str | None,
    skip_bad: bool,
    fitting: Fitting | None,
    program: Program | None = None,
    modality: str | None = None,
) -> Opener:
    folder = _path(data_dir, "data_dir")
    return Opener(zoo or load_zoo(), Cache.open(), stack, folder, skip_bad, program, fitting, modality)


def _by_programs(
    compare: Callable[..., Compared], programs: Sequence[Program], replicates: int, pairs: bool, report: Path | None
) -> Evaluation:
    """Compare as the first program does, or as ganzoo, with the numbers of all; and write the page of it."""
    replicates = whole(replicates, "replicates", 0)
    if replicates == 1:
        raise GanzooError("replicates are 2 random halves or more, or 0 for none, and not 1")
    first = compare(programs[0] if programs else None, replicates=replicates, pairs=pairs, drawing=report is not None)
    others = [compare(program, replicates=0, pairs=False, drawing=False).evaluation for program in programs[1:]]
    found = joined([first.evaluation, *others], programs)
    if report is not None:
        write_page(report, first, found)
    return found


def _names(metrics: Sequence[str] | None) -> Sequence[str] | None:
    """Give names that may be one text with commas."""
    if metrics is not None and not isinstance(metrics, Iterable):
        raise GanzooError(f"metrics are names, and not {metrics!r:.60}")
    if not isinstance(metrics, str):
        return metrics
    return tuple(name.strip() for name in metrics.split(",") if name.strip())


def _path(given: Path | str | None, name: str) -> Path | None:
    return None if given is None else Path(path_text(given, name))


def _draws(samples: int | None, seed: int | None, device: str) -> Draws:
    n = None if samples is None else whole(samples, "samples", 2)
    return Draws(n, None if seed is None else whole(seed, "seed", 0, LARGEST_SEED), device)


def _compared(
    opener: Opener,
    wish: Wish,
    generated: Any,
    real: Any,
    draws: Draws,
    program: Program | None,
    *,
    replicates: int,
    pairs: bool,
    drawing: bool,
) -> Compared:
    """Compare two sets as a program sees them, or as they are."""
    through = replace(opener, program=program)
    true = through.reference(real)
    if isinstance(true, RealRows):
        if program is not None:
            raise DataError(f"--as {program.name} is for images, and {true.data.name} is of {true.modality.name}")
        return compare_rows(through, wish, generated, true, draws, replicates=replicates, drawing=drawing)
    fake = through.generated(generated, draws, true.n)
    comparison = Comparison.open(through, wished(wish, program), true)
    return comparison.of(fake, true, replicates=replicates, pairs=pairs)


def export_statistics(
    real: Any,
    path: Path | str,
    *,
    metrics: Sequence[str] | None = None,
    extractor: str | None = None,
    extractor_weights: Path | str | None = None,
    program: str | None = None,
    device: str = "auto",
    data_dir: Path | str | None = None,
    skip_bad: bool = False,
    size: Size | None = None,
    crop: Crop | None = None,
    resize: Resize | None = None,
    grey_to_rgb: bool = False,
    zoo: Zoo | None = None,
) -> EvaluatedSet:
    """Write what is known of a real set as an ``.npz``, for generated sets to be compared with instead of its images.

    It holds what each metric keeps, with the extractor, its weights' sha256 and the set's hash, which are checked where
    it is used. ``mu`` and ``sigma`` are where pytorch-fid and clean-fid look for them.

    Args:
        real: the set, see ``evaluate``.
        path: of the file.
        metrics: see ``evaluate``.
        extractor: likewise.
        extractor_weights: likewise.
        program: likewise, a single one.
        device: likewise.
        data_dir: likewise.
        skip_bad: likewise.
        size: likewise.
        crop: likewise.
        resize: likewise.
        grey_to_rgb: likewise.
        zoo: likewise.

    Returns:
        The set as it was read.

    Raises:
        GanzooError: see ``evaluate``; or the file cannot be written.
    """
    programs = own_programs(program, extractor, fitting := Fitting.asked(size, crop, resize, grey_to_rgb))
    wish = Wish(_names(metrics), extractor, _path(extractor_weights, "extractor_weights"), devices(str(device))[0])
    with ExitStack() as stack:
        opener = _opener(stack, zoo, data_dir, skip_bad, fitting, next(iter(programs), None))
        true = opener.open(real)
        comparison = Comparison.open(opener, wished(wish, opener.program), true)
        if labelled := comparison.evaluator.labelled:
            raise MetricError(
                f"a file of statistics names no classes, which {labelled[0]} takes each by itself: leave it out of "
                "--metrics"
            )
        side, reference = comparison.real(true, pairs=False)
        write_statistics(Path(path), side.told, reference, comparison.evaluator)
    return side.told


def wished(wish: Wish, program: Program | None) -> Wish:
    """Return the evaluator for a program: its extractor, and FID unless other metrics are named."""
    if program is None:
        return wish
    return replace(wish, extractor=program.extractor, metrics=wish.metrics or OF_PROGRAMS)


def own_programs(given: str | Sequence[str] | None, extractor: str | None, fitting: Fitting | None) -> list[Program]:
    """Find the programs that are asked for; an extractor or a size beside one is refused, since it has its own.

    Raises:
        GanzooError: there is no such program, or both are given.
    """
    programs = programs_of(given)
    if programs and fitting is not None:
        raise GanzooError(
            f"--as {programs[0].name} brings images to their size by itself: leave {fitting.options} out, or make a "
            f"set of that size first by ganzoo data prepare SRC DST {fitting.options}"
        )
    if programs and extractor is not None:
        raise GanzooError(
            f"--as {programs[0].name} has an extractor of its own, {programs[0].extractor}: leave "
            f"--extractor {extractor} out"
        )
    return programs
