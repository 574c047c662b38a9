"""A generator as one HTML file that draws from it in a browser, without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from ...errors import GanzooError, SetupError
from ...storage.atomic import beside
from ...storage.room import cannot_write
from ..generation.latents import drawn as latents
from ..generation.program import CHECKED, drawn, inputs_of, on_cpu
from ..trained import Trained
from ..version1 import require_images
from .graph import Graph, coded
from .page_text import COUNTS, NETWORK, facts_of, page_of
from .tracing import drawn_by, graph_of

CLOSE = 1e-3  # the largest difference from the generator's samples, which lie in [-1, 1]
_POOL = {True: 64, False: 512}  # latents in the file: those of seed 0, and where they are not normal all that there are


def write_html(trained: Trained, path: Path) -> float:
    """Write a generator as one HTML file, whole or not at all.

    Returns:
        The largest difference of the graph's samples from the generator's, in [-1, 1].

    Raises:
        GanzooError: it cannot be traced, an operation has no counterpart, or the graph draws something else.
        SetupError: the disk is full or the folder cannot be written.
    """
    text, deviation = html_of(trained)
    part = beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise SetupError(cannot_write(path, error)) from error
    finally:
        part.unlink(missing_ok=True)
    return deviation


def html_of(trained: Trained) -> tuple[str, float]:
    """Return the page, and the largest difference of its graph's samples from the generator's.

    Raises:
        GanzooError: see ``write_html``.
    """
    require_images(trained, "a page")
    if not trained.points and trained.channels not in (1, 3):
        raise GanzooError(f"{trained.name}: a page shows images of 1 or 3 channels, and not of {trained.channels}")
    with on_cpu(trained):
        graph, taking = graph_of(trained)
        deviation = _deviation(trained, graph, inputs_of(taking, CHECKED), lambda args: drawn(taking, args))
        facts = facts_of(trained)
        pool = torch.cat(list(latents(trained, _POOL[facts["normal"]], 0)))
    if not trained.points:
        facts["count"] = _shown_first(graph)
    facts |= {"graph": graph.as_json(), "pool": coded(pool)}
    notes = [
        "Everything is computed in this page; nothing is sent or fetched. Seed 0 begins with the samples of "
        "`ganzoo sample`; other seeds are the page's own.",
        f"Weights are float32. Samples were within {deviation:.1e} of the generator's when it was written.",
    ]
    return page_of(trained, facts, (*NETWORK, "local.js", "crew.js"), notes, "'none'"), deviation


def _shown_first(graph: Graph) -> int:
    """Return how many images a page begins with: fewer of a large network, which takes seconds for each."""
    weights = sum(value.numel() for value in graph.constants.values())
    return COUNTS[3] if weights < 1e6 else COUNTS[2] if weights < 1e7 else COUNTS[1]


def _deviation(
    trained: Trained, graph: Graph, args: tuple[Tensor, ...], draw: Callable[[tuple[Tensor, ...]], Tensor]
) -> float:
    theirs, ours = drawn_by(graph, args), draw(args)
    if theirs.shape != ours.shape:
        raise GanzooError(f"{trained.name}: the page draws {tuple(theirs.shape)}, and not {tuple(ours.shape)}")
    worst = float((theirs - ours).abs().max() / ours.abs().max().clamp(min=1))
    if not worst <= CLOSE:
        raise GanzooError(f"{trained.name}: the page draws other samples, {worst:.2g} away; {CLOSE:g} is allowed")
    return worst
