"""Worth of an extractor: whether its distance rises with damage that is known, its floor, and its bias by number.

    python benchmarks/worth.py --data cifar10-jpeg.tar.xz/train --called cifar10-jpeg --out    # ten minutes on a CPU
    python benchmarks/worth.py --data cifar10 --beside inception=FILE --out      # and how Inception sees them
    python benchmarks/worth.py --extractor pixels --n 200 --photographs 0        # seconds

Two sets are drawn from the data, without a common image: the real one, and one that is damaged. It is blurred, made
noisy and compressed, in four strengths each; classes are left out of it (of equally many images each time); its images
are repeated; and they are replaced by copies of the real ones, which no distance between sets punishes. The same is
done with crops of the two photographs that scikit-learn carries. Extractors that it is measured beside see the same
sets: ``agreement`` is Spearman's correlation of their Fréchet distances with its own, over all damaged sets.
``neighbour`` is the share of images whose nearest real one is of the same class. `rank_agreement.py` says which sets
two extractors rank otherwise.
"""

import hashlib
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from ganzoo_plugins.fidelity.fit import fit_png, line_through
from measuring import parsed, parser, record_path, report, tell
from ranks import spearman
from torch import Tensor
from worth_sets import DAMAGES, classes_kept, crops, curves_png, repeated

from ganzoo.data import load, resolve
from ganzoo.metrics import Evaluator
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry
from ganzoo.storage.atomic import write_file
from ganzoo.storage.cache import Cache

FD, METRICS = "fid", ("fid", "is", "precision", "recall", "coverage")
PHOTOGRAPHS = "crops of photographs"
DRAWS = 3  # of each number of images, for the bias
LEAST = 40  # images in a set
Seen = dict[str, Tensor]


@dataclass
class Judge:
    """An extractor and what looks through it.

    Attributes:
        evaluator: has both.
        keep: folder of what was seen before; a script that is stopped goes on.
        summaries: of real sets, by name.
    """

    evaluator: Evaluator
    keep: Path
    summaries: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Those that it can take."""
        return tuple(self.evaluator.metrics)

    def see(self, images: Tensor) -> Seen:
        """Look at images, or remember having looked."""
        identity = {key: self.evaluator.identity.get(key) for key in ("extractor", "sha256", "version")}
        digest = hashlib.sha256(repr(identity).encode() + images.contiguous().numpy().tobytes()).hexdigest()
        path = self.keep / f"{self.evaluator.title}-{digest[:16]}.safetensors"
        if path.is_file():
            return safetensors.torch.load_file(path)
        extractor, device = self.evaluator.extractor, self.evaluator.device
        assert extractor is not None
        with torch.no_grad():
            parts = [{key: it.cpu() for key, it in extractor(part.to(device)).items()} for part in images.split(250)]
        seen = {key: torch.cat([part[key] for part in parts]).contiguous() for key in parts[0]}
        safetensors.torch.save_file(seen, path)
        tell(f"{self.evaluator.title}: saw {len(images)} images")
        return seen

    def numbers(self, fake: Seen, real: Seen, name: str, metrics: Sequence[str] | None = None) -> dict[str, float]:
        """Compare what was seen of two sets; the real one's summaries are kept by its name."""
        known = self.summaries.setdefault(name, {})
        found = {}
        for metric in metrics or self.metrics:
            judge = self.evaluator.metrics[metric]
            if metric not in known:
                known[metric] = judge.summarise(real)
            found[metric] = judge.compare(judge.summarise(fake), known[metric])
        return found


def taken(seen: Seen, places: Tensor) -> Seen:
    """Return some of what was seen."""
    return {key: values[places] for key, values in seen.items()}


def joined(one: Seen, other: Seen) -> Seen:
    """Return all of what was seen of two sets."""
    return {key: torch.cat([one[key], other[key]]) for key in one}


def sets_of(judge: Judge, real: Seen, images: Tensor, labels: Tensor) -> dict[str, list[tuple[str, Seen]]]:
    """Features of each damaged set that the judge sees, by the damage, each with its level; the first is undamaged."""
    clean, n = judge.see(images), len(images)
    found: dict[str, list[tuple[str, Seen]]] = {}
    for name, damage in DAMAGES.items():
        levels = [(f"{level:g}", judge.see(damage.apply(images, level))) for level in damage.levels]
        found[f"{name}, {damage.unit}"] = [("none", clean), *levels]
    kept = classes_kept(labels)
    found["classes kept"] = [(str(k), taken(clean, places)) for k, places in kept.items()]
    found["different images"] = [
        (str(n), clean),
        *((str(k), taken(clean, places)) for k, places in repeated(n).items()),
    ]
    copies = {share: round(share * n) for share in (0.25, 0.5, 1.0)}
    found["copies of real images, per cent"] = [
        ("0", clean),
        *(
            (f"{100 * share:g}", joined(taken(real, torch.arange(k)), taken(clean, torch.arange(k, n))))
            for share, k in copies.items()
        ),
    ]
    return found


def neighbours(real: Seen, fake: Seen, of_real: Tensor, of_fake: Tensor) -> float:
    """Return the share of images whose nearest real one has their label."""
    nearest = torch.cdist(fake["features"], real["features"]).argmin(1)
    return float((of_real[nearest] == of_fake).float().mean())


def ordered(values: Sequence[float]) -> str:
    """Say whether values rise from each to the next, fall, or neither."""
    steps = [b - a for a, b in pairwise(values)]
    return "rises" if min(steps) > 0 else "falls" if max(steps) < 0 else "neither"


def by_number(judge: Judge, real: Seen, clean: Seen, name: str) -> tuple[list[dict[str, Any]], tuple[Any, ...]]:
    """Return the distance of undamaged images by how many there are, and a line through it in 1/n."""
    n, draw = len(clean["features"]), torch.Generator().manual_seed(0)
    sizes = sorted({round(share * n) for share in (0.1, 0.15, 0.25, 0.4, 0.6, 1.0)})
    values = []
    for size in sizes:
        of_size = [
            judge.numbers(taken(clean, torch.randperm(n, generator=draw)[:size]), real, name, [FD])[FD]
            for _ in range(DRAWS if size < n else 1)
        ]
        values.append(sum(of_size) / len(of_size))
    fit = line_through(sizes, values)
    rows = [{"data": name, "images": size, "distance": value} for size, value in zip(sizes, values, strict=True)]
    return [*rows, {"data": name, "images": "endless, by the line", "distance": fit.intercept}], (fit,)


def looked(judge: Judge, sets: Mapping[str, tuple[Tensor, Tensor]], *, by_n: bool) -> dict[str, Any]:
    """All that one judge says of the data: rows of the tables, and what is drawn."""
    told: dict[str, Any] = {"levels": [], "order": [], "number": [], "distances": {}, "fits": {}, "panels": {}}
    for name, (images, labels) in sets.items():
        half = len(images) // 2
        real, clean = judge.see(images[:half]), judge.see(images[half:])
        told["neighbour"] = told.get("neighbour", {}) | {name: neighbours(real, clean, labels[:half], labels[half:])}
        panels = {}
        for damage, levels in sets_of(judge, real, images[half:], labels[half:]).items():
            scores = [judge.numbers(seen, real, name) for _, seen in levels]
            pairs = list(zip(levels, scores, strict=True))
            told["levels"] += [{"data": name, "damage": damage, "level": at, **score} for (at, _), score in pairs]
            distances = [score[FD] for score in scores]
            told["order"].append({"data": name, "damage": damage, "distance": ordered(distances)})
            told["distances"] |= {(name, damage, at): score[FD] for (at, _), score in pairs[1:]}
            panels[damage.replace("standard deviation", "std")] = [(at, score[FD]) for (at, _), score in pairs]
        told["panels"][name] = panels
        if by_n:
            rows, (fit,) = by_number(judge, real, clean, name)
            told["number"] += rows
            told["fits"][name] = fit
        tell(f"{judge.evaluator.title}: {name} is done")
    return told


def opened(registry: Registry, text: str, chosen: Namespace, keep: Path) -> Judge:
    """Open ``NAME`` or ``NAME=FILE of weights``; the one that is measured with all metrics that it can take."""
    name, _, weights = text.partition("=")
    kind: Any = registry.get("extractor", name).load()
    metrics = tuple(metric for metric in METRICS if metric != "is" or kind.classifies)
    metrics = metrics if text == chosen.extractor else (FD,)
    path = Path(weights) if weights else None
    made = Evaluator.open(registry, name, metrics, weights=path, device=chosen.device, cache=Cache.open())
    return Judge(made, keep)


def data_of(registry: Registry, chosen: Namespace) -> dict[str, tuple[Tensor, Tensor]]:
    """Images and labels of each of the data, twice as many as a set has."""
    found = {}
    if chosen.data:
        kept = resolve(registry, chosen.data, cache=Cache.open())
        fields = load(kept)
        places = torch.randperm(kept.n, generator=torch.Generator().manual_seed(0))[: 2 * chosen.n]
        found[chosen.called or kept.name] = fields["x"][places], fields["y"][places]
    if chosen.photographs:
        found[PHOTOGRAPHS] = crops(2 * chosen.photographs, seed=0)
    return found


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=1)
    made.add_argument("--data", help="RGB images with labels, as ganzoo bench takes them")
    made.add_argument("--called", help="what tables call them (default: their own name)")
    made.add_argument("--n", type=int, default=1000, help="images in each set of them (default: 1000)")
    made.add_argument("--photographs", type=int, default=200, help="crops in each set (default: 200; 0: none)")
    made.add_argument("--extractor", default="efficientnet-lite0", help="the one that is measured")
    made.add_argument("--beside", action="append", default=[], metavar="NAME[=WEIGHTS]", help="another one")
    made.add_argument("--keep", type=Path, help="folder of what was seen, to go on from")
    chosen = parsed(made, arguments)
    registry = load_zoo(third_party=False).registry
    if chosen.n < LEAST or 0 < chosen.photographs < LEAST:
        made.error(f"--n and --photographs are {LEAST} or more: fewer make no Inception Score of half of them")
    sets = data_of(registry, chosen)
    with tempfile.TemporaryDirectory() as scratch:
        keep = chosen.keep or Path(scratch)
        keep.mkdir(parents=True, exist_ok=True)
        judges = [opened(registry, text, chosen, keep) for text in (chosen.extractor, *chosen.beside)]
        all_told = [looked(judge, sets, by_n=judge is judges[0]) for judge in judges]
    first, titles = all_told[0], [judge.evaluator.title for judge in judges]
    if (path := record_path(chosen, "worth")) is not None:
        draw(path, first, titles[0])
    labels = dict(zip(judges[0].metrics, (column.label for column in judges[0].evaluator.columns), strict=True))
    tables = {
        "Damage": [{labels.get(key, key): value for key, value in row.items()} for row in first["levels"]],
        "Order": [
            {key: row[key] for key in ("data", "damage")}
            | {title: told["order"][i]["distance"] for title, told in zip(titles, all_told, strict=True)}
            for i, row in enumerate(first["order"])
        ],
        "Floor by the number of images": first["number"],
        "Extractors": list(beside(first, all_told, titles)),
    }
    columns = {title: tuple(rows[0]) for title, rows in tables.items()}
    report("worth", chosen, protocol=protocol(chosen, judges), tables=tables, columns=columns)
    return 0


def beside(first: Mapping[str, Any], all_told: Sequence[Mapping[str, Any]], titles: Sequence[str]) -> Any:
    """Yield a row for each extractor: how it ranks the sets, and how well its features tell classes."""
    for title, told in zip(titles, all_told, strict=True):
        own, theirs = ([which["distances"][key] for key in first["distances"]] for which in (first, told))
        shares = {f"neighbour, {name}": share for name, share in told["neighbour"].items()}
        yield {"extractor": title, "agreement": spearman(own, theirs), "sets": len(own), **shares}


def protocol(chosen: Namespace, judges: Sequence[Judge]) -> dict[str, Any]:
    """The record: what was measured, and how."""
    found: dict[str, Any] = {"images in a set": chosen.n} if chosen.data else {}
    found |= {"crops in a set": chosen.photographs} if chosen.photographs else {}
    for judge in judges:
        identity = judge.evaluator.identity
        said = [f"weights {str(identity['sha256'])[:8]}"] if identity.get("sha256") else []
        said += [str(identity["preprocessing"])] if identity.get("preprocessing") else []
        found[judge.evaluator.title] = ", ".join(said) or "no weights"
    return found


def draw(path: Path, told: Mapping[str, Any], title: str) -> None:
    """Write the curves of each of the data beside the record, and the lines by number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures: dict[str, Callable[[], bytes]] = {}
    for i, (name, panels) in enumerate(told["panels"].items()):
        floors = {damage: points[0][1] for damage, points in panels.items()}
        pictures[f"-{i}"] = lambda panels=panels, floors=floors: curves_png(panels, floors)
        pictures[f"-{i}-number"] = lambda name=name: fit_png(told["fits"][name], f"FD[{title}]")
    for ending, made in pictures.items():
        write_file(path.with_name(path.stem + ending + ".png"), made())


if __name__ == "__main__":
    sys.exit(main())
