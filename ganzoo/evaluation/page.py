"""Two sets on one page that needs nothing else: numbers, both sets side by side, nearest and farthest pairs."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..bench.results.bench_files.evaluation import EvaluatedPair, Evaluation
from ..bench.results.formats import short
from ..drawing import grid_png, scatter_png
from ..drawing.page import asset, filled
from ..storage.atomic import write_file
from ..text import printable
from .comparison import Compared
from .sets.streams import spaced
from .sides import Side

SHOWN = 64  # images of each set
POINTS = 2_500
SIDE = 64  # pixels that an image of a grid takes
LARGE = 256  # pixels that an image of a pair takes at most


def write_page(path: Path, compared: Compared, evaluation: Evaluation) -> None:
    """Write the page of two sets.

    Args:
        path: of the file.
        compared: both sets, whose images are read again for the page.
        evaluation: the result that the page tells.

    Raises:
        GanzooError: an image cannot be read again, or the page cannot be written.
    """
    write_file(path, render(compared, evaluation))


def render(compared: Compared, evaluation: Evaluation) -> str:
    """Return the page's HTML; the arguments are those of ``write_page``."""
    pairs, points = evaluation.pairs, _points(compared)
    nearest = pairs.nearest if pairs is not None and not points else []
    farthest = pairs.farthest if pairs is not None and not points else []
    titles = {name: printable(metric.label) for name, metric in evaluation.metrics.items()}
    return filled(
        _asset("page.html.jinja2"),
        style=_asset("page.css"),
        version=str(evaluation.versions.get("ganzoo", "")),
        heading=printable(f"{evaluation.generated.name} against {evaluation.real.name}"),
        rows=[[printable(cell) for cell in row] for row in evaluation.rows],
        facts=[printable(fact) for fact in evaluation.facts],
        sets=_sets(compared),
        nearest=_shown(nearest, compared),
        farthest=_shown(farthest, compared),
        pictures=[(titles[name], _source(png)) for name, png in compared.pictures.items()],
        identity=list(_flat({**_hashes(evaluation), "extractor": evaluation.identity, "with": evaluation.versions})),
    )


def _asset(name: str) -> str:
    return asset("ganzoo.evaluation", "templates", name)


def _points(compared: Compared) -> bool:
    return compared.generated.stream is not None and compared.generated.stream.point > 0


def _sets(compared: Compared) -> list[tuple[str, str]]:
    """Draw some of both sets, evenly spaced; of statistics there is nothing to draw."""
    found = [(printable(caption), _source(png)) for caption, png in compared.drawn]
    for word, side in (("generated", compared.generated), ("real", compared.real)):
        if side.stream is not None:
            places = spaced(side.stream.n, POINTS if side.stream.point else SHOWN)
            images = side.stream.images(places.tolist())
            png = _scatter(images) if side.stream.point else grid_png(np.stack([_thumbnail(one) for one in images]))
            found.append((printable(f"{word}: {side.told.name}, {len(images):,} of {side.told.n:,}"), _source(png)))
    return found


def _scatter(points: Sequence[Tensor]) -> bytes:
    drawn = torch.stack(list(points)).numpy()
    return scatter_png(drawn, drawn[:0])


def _thumbnail(image: Tensor) -> np.ndarray:
    """Fit an image into a white square, ``(3, SIDE, SIDE)``: enlarged by whole pixels, or made smaller."""
    picture = _picture(image)
    longest = max(picture.size)
    if longest > SIDE:
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    else:
        factor = SIDE // longest
        picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    square = Image.new("RGB", (SIDE, SIDE), (255, 255, 255))
    square.paste(picture, ((SIDE - picture.width) // 2, (SIDE - picture.height) // 2))
    return np.asarray(square).transpose(2, 0, 1)


def _picture(image: Tensor) -> Image.Image:
    channels = image if image.shape[0] in (1, 3) else image[:1]
    return Image.fromarray(channels.expand(3, -1, -1).permute(1, 2, 0).contiguous().numpy())


def _shown(pairs: Sequence[EvaluatedPair], compared: Compared) -> list[dict[str, str]]:
    """Read the images of some pairs again."""
    generated = _pictures(compared.generated, [pair.generated_place for pair in pairs])
    real = _pictures(compared.real, [pair.real_place for pair in pairs])
    return [
        {
            "distance": short(pair.distance),
            "generated": generated[pair.generated_place],
            "real": real[pair.real_place],
            "generated_name": printable(pair.generated),
            "real_name": printable(pair.real),
        }
        for pair in pairs
    ]


def _pictures(side: Side, places: Sequence[int]) -> dict[int, str]:
    if side.stream is None or not places:
        return {}
    found = {}
    for place, image in zip(places, side.stream.images(places), strict=True):
        picture, out = _picture(image), io.BytesIO()
        picture.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS)
        picture.save(out, "PNG")
        found[place] = _source(out.getvalue())
    return found


def _source(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _hashes(evaluation: Evaluation) -> dict[str, Any]:
    return {"generated": evaluation.generated.hash or "", "real": evaluation.real.hash or ""}


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield names and texts of nested values."""
    for name, value in values.items():
        key = f"{above}{name}"
        if isinstance(value, dict):
            yield from _flat(value, f"{key}: ")
        elif value is not None and value != "":
            yield printable(key), printable(value if isinstance(value, str) else json.dumps(value))
