"""The page around an engine: controls, what is known of the generator, and a policy that lets nothing else in."""

from __future__ import annotations

import json
from typing import Any

from ... import __version__
from ...drawing import page
from ...text import printable, short_number
from ..generation.latents import is_normal
from ..trained import Trained

SLIDERS = 6  # latents that have one of their own
COUNTS = (1, 4, 16, 36, 64)
NETWORK = ("products.js", "network.js")  # what runs a graph
POINTS = (250, 1000, 2500)


def facts_of(trained: Trained) -> dict[str, Any]:
    """Tell a page's scripts what the generator takes and gives."""
    normal = is_normal(trained.generator)
    truncation = "style" if trained.mapped is not None else "threshold" if normal else ""
    return {
        "kind": "points" if trained.points else "images",
        "shape": list(trained.shape),
        "classes": [printable(name) for name in trained.classes] if trained.conditional else [],
        "z_dim": trained.generator.z_dim,
        "normal": normal,
        "truncation": truncation,
        "count": POINTS[2] if trained.points else COUNTS[3],
    }


def page_of(trained: Trained, facts: dict[str, Any], scripts: tuple[str, ...], notes: list[str], connect: str) -> str:
    """Write the page.

    Args:
        trained: the generator.
        facts: of ``facts_of``, with what the engine needs beside them.
        scripts: names of the engine's files; the controls come behind them.
        notes: sentences at the page's foot.
        connect: where the page may fetch from, as a policy says it: ``'none'`` or ``'self'``.
    """
    style = asset("page.css")
    script = "\n".join(asset(name) for name in (*scripts, "page.js"))
    counts = POINTS if trained.points else COUNTS
    return page.filled(
        asset("page.html.jinja2"),
        policy=policy(script, style, connect),
        style=style,
        script=script,
        name=printable(trained.name),
        told=[printable(one) for one in _told(trained)],
        points=trained.points,
        counts=counts,
        count=facts["count"],
        classes=facts["classes"],
        truncation=facts["truncation"],
        sliders=min(SLIDERS, facts["z_dim"]),
        notes=[*map(printable, notes), f"Written by ganzoo {__version__}."],
        facts=_inside_script(facts),
    )


def policy(script: str, style: str, connect: str) -> str:
    """Allow this script and this style alone, and no address but ``connect``."""
    workers = "blob:" if connect == "'none'" else "'none'"  # a page that stands alone draws in workers
    return (
        f"default-src 'none'; script-src 'sha256-{page.digest(script)}'; style-src 'sha256-{page.digest(style)}'; "
        f"img-src data: blob:; connect-src {connect}; worker-src {workers}; base-uri 'none'; form-action 'none'"
    )


def asset(name: str) -> str:
    """Read a file of the page."""
    return page.asset("ganzoo.models.browser", "page", name)


def _inside_script(facts: dict[str, Any]) -> str:
    """Write JSON that cannot end the element that it stands in."""
    text = json.dumps(facts, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _told(trained: Trained) -> list[str]:
    shape = f"points of {trained.channels} numbers"
    if not trained.points:
        shape = f"images of {trained.height}x{trained.width}x{trained.channels}"
    told = [shape + (f" like {trained.data}" if trained.data else ""), f"{trained.generator.z_dim:,} latents"]
    told += [f"{len(trained.classes):,} classes"] if trained.conditional else []
    told += [f"{trained.kimg:,.4g} kimg"] if trained.kimg is not None else []
    if trained.numbers is not None:
        numbers = trained.numbers
        metrics = [f"{name} {short_number(value)}" for name, value in numbers.metrics.items() if value is not None][:3]
        how = [f"extractor {numbers.extractor}"] if numbers.extractor else []
        how += [f"{numbers.samples:,} samples"] if numbers.samples else []
        told += [", ".join(metrics) + (f" ({', '.join(how)})" if how else "")] if metrics else []
    return told
