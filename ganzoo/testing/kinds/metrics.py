"""Checks of metrics."""

from __future__ import annotations

import io
import math

import torch
from safetensors.torch import load, save
from torch import Tensor

from ...interfaces import Metric
from ...interfaces.metrics import Gatherer
from ...metrics.columns import LABEL, OF_EXTRACTORS, looks_at_pairs, own
from ...recipes.building.build import load_class
from ...registry.registry import Registry
from ..findings import ConformanceError, Findings, listed, require
from .looked import Sets, built, looked_sets

N, FEATURES, CLASSES = 256, 16, 10
CUTS = ((N,), (1, N - 1), (100, 100, 56), (N - 2, 1, 1))  # sizes of batches
SAME = 1e-6  # relative: what rounding may make of a number whose images come in batches
HALVES = 24  # random halves of the images, by which a metric's own spread is checked
APART = 2.5  # by what factor the two may differ: each is good for a sixth or so


def _sets() -> dict[str, dict[str, Tensor]]:
    """Make what an extractor might see of three sets of images: two alike, and one far away."""
    rng = torch.Generator().manual_seed(0)

    def draw(shift: float) -> dict[str, Tensor]:
        features = torch.randn(N, FEATURES, generator=rng) + shift
        return {"features": features, "logits": torch.randn(N, CLASSES, generator=rng) * 2}

    made = {"one": draw(0.0), "alike": draw(0.0), "far": draw(5.0)}
    for name, seen in made.items():
        # Of a set far away most samples are poor, and the others lie in two of the modes.
        modes, good = (2, 0.2) if name == "far" else (CLASSES, 0.9)
        seen["quality"] = (torch.rand(N, 1, generator=rng) < good).float()
        mode = torch.randint(modes, (N, 1), generator=rng).float()
        seen["mode"] = torch.where(seen["quality"] > 0, mode, -1.0)
        seen[LABEL] = (torch.arange(N) % CLASSES).float().unsqueeze(1)
    return made


def _summaries(metric: Metric, sets: Sets) -> dict[str, dict[str, Tensor]]:
    made = {}
    for name, seen in sets.items():
        summary = metric.summarise({key: seen[key] for key in metric.reads})
        sound = isinstance(summary, dict) and all(isinstance(value, Tensor) for value in summary.values())
        require(sound and bool(summary), "summarise does not give a dict of named tensors")
        made[name] = summary
    return made


def _number(metric: Metric, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
    value = metric.compare(fake, real)
    require(type(value) is float, f"compare gives a {type(value).__name__}, and must give a float")
    require(math.isfinite(value), f"compare gives {value}, which is not finite")
    return value


def _check_declaration(metric: Metric) -> None:
    reads = metric.reads
    sound = isinstance(reads, frozenset) and bool(reads) and reads - own(metric) <= OF_EXTRACTORS | {LABEL}
    require(
        sound,
        f"reads is {reads!r}, and must be a frozenset of {listed(OF_EXTRACTORS | {LABEL})}, one or more, and of "
        "columns that its own look gives",
    )
    require(metric.better in ("lower", "higher"), f"better is {metric.better!r}, and must be 'lower' or 'higher'")


def _check_label(metric: Metric) -> str:
    labels = [metric.label(name) for name in ("inception", "digits")]
    for label in labels:
        sound = isinstance(label, str) and bool(label.strip()) and label.isprintable()
        require(sound, f"label gives {label!r}, and must give a line of text")
    return labels[0]


def _check_better(metric: Metric, made: Sets, sets: Sets) -> None:
    nearest = "one" if metric.paired else "alike"  # pairs are alike row by row, or not at all
    near, far = (_number(metric, made[name], made["one"]) for name in (nearest, "far"))
    if not looks_at_pairs(metric) and _number(metric, made["alike"], made["far"]) == near:
        return  # the real images play no part in it
    good = near <= far if metric.better == "lower" else near >= far
    require(
        good,
        f"{metric.better} is said to be better, but it is {near:.4g} for images like the real ones "
        f"and {far:.4g} for others",
    )


def _check_repeats(metric: Metric, made: Sets, sets: Sets) -> None:
    first = _number(metric, made["one"], made["alike"])
    torch.manual_seed(1)
    require(_number(metric, made["one"], made["alike"]) == first, "compare gives another number the second time")
    again = _summaries(metric, sets)
    require(_number(metric, again["one"], again["alike"]) == first, "summarise gives another summary the second time")


def _check_cache(metric: Metric, made: Sets, sets: Sets) -> None:
    kept = load(save({key: value.contiguous() for key, value in made["alike"].items()}))
    direct, cached = _number(metric, made["one"], made["alike"]), _number(metric, made["one"], kept)
    require(
        direct == cached,
        f"it gives {direct:.6g}, and {cached:.6g} once the summary of the real images was saved and loaded",
    )


def _is_png(data: bytes) -> bool:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def _check_picture(metric: Metric, made: Sets, sets: Sets) -> None:
    for fake, real in (("one", "alike"), ("far", "one"), ("one", "far"), ("one", "one")):
        drawn = metric.picture(made[fake], made[real])
        require(
            drawn is None or isinstance(drawn, bytes),
            f"picture gives a {type(drawn).__name__}, and must give the bytes of a PNG, or None",
        )
        require(drawn is None or _is_png(drawn), "picture gives bytes that are no PNG")
        require(metric.picture(made[fake], made[real]) == drawn, "picture gives another picture the second time")


def _check_states(metric: Metric) -> str:
    words = [metric.states(n_fake, n_real) for n_fake, n_real in ((N, N), (50_000, 10_000))]
    for said in words:
        sound = isinstance(said, str) and (not said or said.isprintable()) and said == said.strip()
        require(sound, f"states gives {said!r}, and must give a line of text, or none")
    return words[-1]


def _check_spread(metric: Metric, made: Sets, sets: Sets) -> None:
    rng = torch.Generator().manual_seed(3)
    halves = [torch.randperm(N, generator=rng)[: N // 2] for _ in range(HALVES)]
    given = metric.spread(made["alike"], made["one"], halves)
    if given is None:
        return
    require(type(given) is float, f"spread gives a {type(given).__name__}, and must give a float, or None")
    require(math.isfinite(given) and given >= 0, f"spread gives {given}, and must give a finite number, 0 or more")
    seen, true = sets["alike"], sets["one"]

    def of(rows: dict[str, Tensor], half: Tensor) -> dict[str, Tensor]:
        return metric.summarise({key: rows[key][half] for key in metric.reads})

    values = [metric.compare(of(seen, half), of(true, half) if metric.paired else made["one"]) for half in halves]
    want = float(torch.tensor(values, dtype=torch.float64).std())
    require(
        want / APART <= given <= want * APART,
        f"spread gives {given:.3g}, and the numbers of random halves of the images have a standard deviation of "
        f"{want:.3g}",
    )


def _gathered(metric: Metric, seen: dict[str, Tensor], sizes: tuple[int, ...], order: Tensor) -> dict[str, Tensor]:
    made = metric.gather(N)
    if not isinstance(made, Gatherer):
        raise ConformanceError(f"gather gives a {type(made).__name__}, and must give a Gatherer")
    for places in order.split(list(sizes)):
        made.add({key: seen[key][places] for key in metric.reads}, places)
    summary = made.summary()
    named = isinstance(summary, dict) and all(isinstance(value, Tensor) for value in summary.values())
    require(named and bool(summary), "the gatherer's summary is no dict of named tensors")
    return summary


def _check_gathering(metric: Metric, made: Sets, sets: Sets) -> None:
    want = _number(metric, made["alike"], made["one"])
    ascending, shuffled = torch.arange(N), torch.randperm(N, generator=torch.Generator().manual_seed(2))
    for sizes in CUTS:
        for order, words in ((ascending, "in order"), (shuffled, "out of order")):
            fake, real = (_gathered(metric, sets[name], sizes, order) for name in ("alike", "one"))
            for found in (_number(metric, fake, made["one"]), _number(metric, made["alike"], real)):
                require(
                    math.isclose(found, want, rel_tol=SAME, abs_tol=SAME * SAME),
                    f"it gives {want:.8g} by summarise, and {found:.8g} for the same images gathered {words} in "
                    f"batches of {', '.join(map(str, sizes))}",
                )


def check_metric(findings: Findings, registry: Registry) -> None:
    """Check a metric's declarations, and its numbers and pictures of what an extractor might see."""
    metric, made = None, None
    with findings.check("construction"):
        metric = built(load_class(registry, "metric", findings.name), findings.name, registry)
    if metric is None:
        return
    with findings.check("declaration"):
        _check_declaration(metric)
    with findings.check("label") as seen:
        seen.append(_check_label(metric))
    with findings.check("states") as seen:
        if said := _check_states(metric):
            seen.append(said)
    if not findings.ok:
        return
    sets = _sets()
    with findings.check("numbers") as seen:
        if own(metric):
            metric, columns, modality = looked_sets(type(metric), findings.name, registry, N)
            sets = {name: of_extractor | columns[name] for name, of_extractor in sets.items()}
            seen.append(f"of the example of {modality}")
        made = _summaries(metric, sets)
        for fake, real in (("one", "alike"), ("alike", "one"), ("one", "one"), ("far", "one")):
            _number(metric, made[fake], made[real])
    if made is None or not findings.ok:
        return
    looks = {"better": _check_better, "repeats": _check_repeats, "cache": _check_cache}
    if type(metric).picture is not Metric.picture:
        looks["picture"] = _check_picture
    if type(metric).spread is not Metric.spread:
        looks["spread"] = _check_spread
    if type(metric).gather is not Metric.gather:
        looks["gathering"] = _check_gathering
    for check, look in looks.items():
        with findings.check(check):
            look(metric, made, sets)
