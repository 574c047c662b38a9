"""The page of what an extractor is worth: curves of its distance by known damage, from benchmarks/worth.py."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .markdown import NONE, code, escaped, table
from .page import Pages, link, page, picture

FILE = "benchmarks/results/cpu/worth.json"
AGREEMENT = "benchmarks/results/cpu/rank-agreement.json"
CURVES = (
    "Blue: the Fréchet distance of a set that is damaged more and more, from left to right. Grey: that of undamaged "
    "images, the floor. Real and damaged set have no image in common. The distance has to rise with the damage, except "
    "with copies: a set of copies of the real images is at no distance from them, through any extractor, which is why "
    "benches also count what was learnt by heart."
)
ORDER = "Does the distance rise from each level to the next?"
FLOOR = (
    "The distance of undamaged images falls as they grow more: the bias. Only numbers of equally many images compare. "
    "With many more images than features it falls along a line in 1/n, whose end is what `fid-infinity` gives; with "
    "fewer, as here, where there are 1,280 features, it bends below that line, and the end of the line says nothing."
)
BESIDE = (
    "*agreement* is Spearman's correlation of the distances of all damaged sets with those of the first extractor; "
    "*neighbour* the share of images whose nearest real one is of the same class."
)
COPY = (
    " `cifar10-jpeg` is a copy of CIFAR-10 in JPEG, quality 75, and not CIFAR-10: none of its numbers compares with "
    "published ones."
)
INCEPTION = (
    " `benchmarks/rank_agreement.py` takes Inception beside it, and says how far both rank alike; its weights were not "
    "there when this was measured."
)
RANKED = (
    "Both rank the sets of a group, which have the same real images, by their Fréchet distance. *Spearman*'s rho and "
    "*Kendall*'s tau-b are 1 for the same order. *disagree* counts the pairs of sets of which one extractor takes the "
    "first for better and the other the second."
)
CLEAREST = (
    "The clearest disagreements: the first extractor takes *set* for better, the second *other set*, and *apart* is by "
    "how many times the distances differ at the least. Pairs that are hardly apart disagree by chance."
)


def worth_pages(root: Path) -> Pages:
    """Give the page, where its record is committed."""
    path = root / FILE
    if not path.is_file():
        return {}
    record = json.loads(path.read_text(encoding="utf-8"))
    title = record["tables"]["Extractors"][0]["extractor"]
    here = f"docs/results/{title}.md"
    tables, ran = record["tables"], record["environment"]
    named = list(dict.fromkeys(row["data"] for row in tables["Damage"]))
    curves = [
        part
        for i, name in enumerate(named)
        for part in (f"### {_called(name)}", *_pictures(path, f"-{i}", f"FD by damage, {name}", root, here))
    ]
    lines = [
        part
        for i, name in enumerate(named)
        for part in _pictures(path, f"-{i}-number", f"FD by 1/n, {name}", root, here)
    ]
    whole = link("the record", Path(FILE).with_suffix(".md").as_posix(), here)
    terms = "; ".join(f"{key}: {value}" for key, value in record["protocol"].items())
    text = page(
        f"Worth of `{title}` as a judge",
        [
            f"{link('The numbers explained', 'docs/numbers.md', here)} says when it judges images.",
            "## Damage",
            CURVES,
            *curves,
            ORDER,
            _table(tables["Order"]),
            "## All numbers",
            _table(tables["Damage"]),
            "## Number of images",
            FLOOR,
            *lines,
            "## Beside other extractors",
            BESIDE,
            _table(tables["Extractors"]),
            *_agreement(root, here),
            "## How it was measured",
            f"{escaped(terms)}. On {escaped(ran['device'])}, torch {escaped(ran['torch'])}, from commit "
            f"{escaped((ran.get('commit') or 'unknown')[:12])}, by {code(record['command'])}: {whole}."
            + (COPY if "cifar10-jpeg" in named else "")
            + ("" if _has_inception(root, tables["Extractors"]) else INCEPTION),
        ],
    )
    return {here: text}


def _has_inception(root: Path, rows: Sequence[Mapping[str, Any]]) -> bool:
    return (root / AGREEMENT).is_file() or any(row["extractor"] == "inception" for row in rows)


def _agreement(root: Path, here: str) -> list[str]:
    """Return the section on how two extractors rank, where its record is committed."""
    path = root / AGREEMENT
    if not path.is_file():
        return []
    record = json.loads(path.read_text(encoding="utf-8"))
    tables = record["tables"]
    whole = link("the record", Path(AGREEMENT).with_suffix(".md").as_posix(), here)
    clearest = [CLEAREST, _table(tables["Disagreements"])] if tables["Disagreements"] else []
    said = f"Measured by {code(record['command'])}: {whole}."
    return ["## Ranks beside Inception's", RANKED, _table(tables["Agreement"]), *clearest, said]


def _called(name: str) -> str:
    return escaped(name[:1].upper() + name[1:])


def _pictures(path: Path, ending: str, text: str, root: Path, here: str) -> list[str]:
    drawn = path.with_name(path.stem + ending + ".png")
    return [picture(escaped(text), drawn, root, here)] if drawn.is_file() else []


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    head = list(dict.fromkeys(key for row in rows for key in row))
    return table(list(map(escaped, head)), [[_shown(row.get(key)) for key in head] for row in rows])


def _shown(value: Any) -> str:
    if value is None:
        return NONE
    return escaped(f"{value:.4g}" if isinstance(value, float) else str(value))
