"""Agreement of one extractor's ranking with another's, Inception's as a rule: which of two sets each takes for better.

    python benchmarks/rank_agreement.py --data cifar10-jpeg.tar.xz/train --called cifar10-jpeg --weights FILE --out
    python benchmarks/rank_agreement.py --bench runs/THE-BENCH --photographs 0 --out     # its runs' samples
    python benchmarks/rank_agreement.py --photographs 40 --random-weights                # only that it runs

The sets are the damaged ones of `worth.py`, the undamaged one, and the samples of each run of the benches that are
named. All sets of one group have the same real images, and each extractor ranks them by its Fréchet distance.
Spearman's rho and Kendall's tau-b compare both rankings, group by group. A disagreement is a pair of sets whose order
is another one; the pairs that both hold farthest apart come first, by how many times the lesser of both extractors'
distances differ. Pairs that are hardly apart disagree by chance.

Without its weights Inception cannot be asked, and the script says which file goes where. With `--random-weights` a
network of Inception's layout takes its place whose weights are drawn; it sees nothing, and nothing of it is written.
"""

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import torch
from judges import random_inception
from measuring import parsed, parser, report, tell
from ranks import kendall, spearman
from torch import Tensor
from worth import FD, LEAST, Judge, data_of, protocol, sets_of

from ganzoo.bench.results.run_files.result_file import read_result
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.data import DataSet, load
from ganzoo.errors import GanzooError, SetupError
from ganzoo.evaluation.sets.runs import RunStream
from ganzoo.metrics import Evaluator
from ganzoo.registry.discovery import Zoo, load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.storage.download import fetch

MOST = 20  # disagreements that a table has
NOTHING = "random weights: these numbers only prove that the script runs, and say nothing of Inception"


@dataclass(frozen=True)
class Group:
    """Sets that are compared with the same real images.

    Attributes:
        name: of the group.
        real: the real images, ``(N, C, H, W)`` uint8.
        sets: images of each set by name; of damaged ones the undamaged images, ``(N, C, H, W)``, and their labels.
        labels: of the undamaged images; None of samples of runs.
    """

    name: str
    real: Tensor
    sets: Mapping[str, Tensor]
    labels: Tensor | None = None


@dataclass(frozen=True)
class Ranking:
    """The distances of a group's sets through both extractors.

    Attributes:
        group: its name.
        names: of the sets.
        one: the distances through the first, in the order of the names.
        other: those through the second.
    """

    group: str
    names: Sequence[str]
    one: Sequence[float]
    other: Sequence[float]

    def disagreements(self) -> list[tuple[float, int, int]]:
        """Return pairs that both order otherwise, the clearest first.

        Each is the lesser of both ratios, and the places of two sets, first of that which the first extractor takes for
        better.
        """
        found = []
        for i, j in combinations(range(len(self.names)), 2):
            a, b = (i, j) if self.one[i] < self.one[j] else (j, i)
            if self.one[a] < self.one[b] and self.other[a] > self.other[b]:
                found.append((min(_ratio(self.one[b], self.one[a]), _ratio(self.other[a], self.other[b])), a, b))
        return sorted(found, reverse=True)


def _ratio(large: float, small: float) -> float:
    """Divide distances, of which one may be 0 up to rounding."""
    return large / max(small, 1e-9)


def damaged(chosen: Namespace, zoo: Zoo) -> Iterator[Group]:
    """Yield the groups of the data and of the photographs."""
    for name, (images, labels) in data_of(zoo.registry, chosen).items():
        half = len(images) // 2
        yield Group(name, images[:half], {"": images[half:]}, labels[half:])


def played(bench: Path, chosen: Namespace, zoo: Zoo) -> Group:
    """Draw the samples of a bench's finished runs, and take as many of its real images.

    Raises:
        GanzooError: it holds fewer than two, or their data are gone or no images.
    """
    folders = [found.parent for found in sorted(bench.glob("*/seed*/run.json"))]
    done = [folder for folder in folders if (result := read_result(folder)) is not None and result.done]
    if len(done) < 2:
        raise GanzooError(f"{bench} holds {len(done)} finished runs, and a ranking takes two or more: name a bench")
    kept = DataSet.from_json(RunSpec.read(done[0]).images)
    images = load(kept)["x"]
    if images.dtype != torch.uint8 or images.ndim != 4:
        raise GanzooError(f"{bench} is of {kept.modality_name}, and both extractors see images: name a bench of images")
    places = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))[: chosen.n]
    sets = {}
    for folder in done:
        stream = RunStream(folder, zoo, Cache.open(), chosen.n, None, chosen.device)
        sets[stream.name] = torch.cat([batch.cpu() for batch in stream.batches()])
        tell(f"{stream.name}: drew {chosen.n} samples")
    return Group(f"runs of {bench.name}", images[places], sets)


def distances(judge: Judge, group: Group) -> dict[str, float]:
    """Return the distance of each set of a group to its real images, by name; the undamaged images are one of them."""
    real = judge.see(group.real)
    if group.labels is None:
        seen = {name: judge.see(images) for name, images in group.sets.items()}
    else:
        damages = sets_of(judge, real, group.sets[""], group.labels)
        seen = {"undamaged": judge.see(group.sets[""])}
        seen |= {f"{damage} {at}": rows for damage, levels in damages.items() for at, rows in levels[1:]}
    return {name: judge.numbers(rows, real, group.name, [FD])[FD] for name, rows in seen.items()}


def rankings(judges: Sequence[Judge], groups: Sequence[Group]) -> list[Ranking]:
    """Rank the sets of each group through both extractors."""
    found = []
    for group in groups:
        one, other = (distances(judge, group) for judge in judges)
        found.append(Ranking(group.name, list(one), list(one.values()), [other[name] for name in one]))
        tell(f"{group.name} is done")
    return found


def tables_of(every: Sequence[Ranking], titles: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of both tables: correlations by group, and the clearest disagreements of all groups."""
    agreement, pairs = [], []
    for ranking in every:
        n, found = len(ranking.names), ranking.disagreements()
        both = ranking.one, ranking.other
        agreement.append(
            {
                "group": ranking.group,
                "sets": n,
                "Spearman": spearman(*both),
                "Kendall": kendall(*both),
                "pairs": n * (n - 1) // 2,
                "disagree": len(found),
            }
        )
        for ratio, a, b in found:
            row = {"group": ranking.group, "set": ranking.names[a], "other set": ranking.names[b], "apart": ratio}
            for title, values in zip(titles, both, strict=True):
                row |= {title: values[a], f"{title}, other": values[b]}
            pairs.append(row)
    pairs.sort(key=lambda row: -row["apart"])
    return {"Agreement": agreement, "Disagreements": pairs[:MOST]}


def opened(name: str, weights: Path | None, chosen: Namespace, zoo: Zoo, keep: Path) -> Judge:
    """Open an extractor with the Fréchet distance.

    Raises:
        SetupError: its weights are missing; it says which file goes where.
    """
    try:
        made = Evaluator.open(
            zoo.registry,
            name,
            (FD,),
            weights=weights,
            device=chosen.device,
            cache=Cache.open(),
            fetch=fetch,
            instead=lambda: "",
        )
    except SetupError as error:
        raise SetupError(str(error).replace("--extractor-weights", "--weights")) from error
    return Judge(made, keep)


def options() -> ArgumentParser:
    """Return what the script takes."""
    made = parser(__doc__, rounds=1)
    made.add_argument("--data", help="RGB images with labels, as ganzoo bench takes them")
    made.add_argument("--called", help="what tables call them (default: their own name)")
    made.add_argument("--n", type=int, default=1000, help="images in each set of them, and of a run (default: 1000)")
    made.add_argument("--photographs", type=int, default=200, help="crops in each set (default: 200; 0: none)")
    made.add_argument("--bench", type=Path, action="append", default=[], help="folder of a bench; may be repeated")
    made.add_argument("--extractor", default="efficientnet-lite0", help="the one that is measured")
    made.add_argument("--beside", default="inception", help="the one that it is to agree with (default: inception)")
    made.add_argument("--weights", type=Path, help="file of the weights of that one (default: where it looks)")
    made.add_argument("--random-weights", action="store_true", help="draw Inception's weights: no result")
    made.add_argument("--keep", type=Path, help="folder of what was seen, to go on from")
    return made


def main(arguments: list[str] | None = None) -> int:
    made = options()
    chosen = parsed(made, arguments)
    if chosen.n < LEAST or 0 < chosen.photographs < LEAST:
        made.error(f"--n and --photographs are {LEAST} or more")
    if not (chosen.data or chosen.photographs or chosen.bench):
        made.error("there are no sets: name --data, --bench or a number of --photographs")
    if chosen.random_weights and (chosen.out or chosen.weights or chosen.beside != "inception"):
        made.error("--random-weights draws Inception's weights, and no result comes of it: leave --out, --weights and "
                   "--beside out")  # fmt: skip
    try:
        with tempfile.TemporaryDirectory() as scratch:
            return _measured(chosen, Path(scratch))
    except GanzooError as error:
        tell(f"Error: {error}")
        return 3


def _measured(chosen: Namespace, scratch: Path) -> int:
    zoo, keep = load_zoo(third_party=False), chosen.keep or scratch
    keep.mkdir(parents=True, exist_ok=True)
    weights = random_inception(scratch / "random-inception.pth") if chosen.random_weights else chosen.weights
    judges = [opened(chosen.beside, weights, chosen, zoo, keep), opened(chosen.extractor, None, chosen, zoo, keep)][
        ::-1
    ]
    groups = [*damaged(chosen, zoo), *(played(bench, chosen, zoo) for bench in chosen.bench)]
    titles = [judge.evaluator.title for judge in judges]
    tables = tables_of(rankings(judges, groups), titles)
    columns = {
        "Agreement": ("group", "sets", "Spearman", "Kendall", "pairs", "disagree"),
        "Disagreements": ("group", "set", "other set", "apart", *_columns(titles)),
    }
    if chosen.random_weights:
        print(NOTHING)
    told = protocol(chosen, judges) | ({"samples of a run": chosen.n} if chosen.bench else {})
    report("rank_agreement", chosen, protocol=told, tables=tables, columns=columns)
    return 0


def _columns(titles: Sequence[str]) -> Iterator[str]:
    for title in titles:
        yield from (title, f"{title}, other")


if __name__ == "__main__":
    sys.exit(main())
