"""From numbers to verdicts: what is wrong with a generator, and what is well."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from ganzoo.text import listed

from . import thresholds as at
from .resizing import FILTERS
from .verdict import Verdict

Numbers = Mapping[str, float]
_CLASS = "class "


def judged(numbers: Numbers, samples: str = "images") -> list[Verdict]:
    """Return the verdicts on a generator: alarms first, each with the next thing to try; then what is well.

    Args:
        numbers: of ``measured``.
        samples: a word for several samples.
    """
    found = [verdict for rule in _RULES for verdict in rule(numbers, samples)]
    return sorted(found, key=lambda verdict: not verdict.alarm)


def _of(numbers: Numbers, *names: str) -> dict[str, float]:
    return {name: numbers[name] for name in names if name in numbers}


def _copies(numbers: Numbers, samples: str) -> Iterator[Verdict]:
    """Copies of training rows, of these in the mirror, and of held-out rows."""
    if "training_near" not in numbers:
        return
    alarmed = False
    for space, bound, kind, says, of, then in _COPIED:
        exact, near = numbers.get(f"{space}_copies", 0.0), numbers.get(f"{space}_near", 0.0)
        rows = numbers.get(f"{space}_near_rows", near)
        if exact <= numbers.get(f"{space}_copies_real", 0.0) + at.COPIES and min(near, rows) <= bound:
            continue
        alarmed = True
        evidence = _of(numbers, f"{space}_copies", f"{space}_near", f"{space}_near_rows", "rows_copied")
        if space == "training" and exact >= at.WHOLE and numbers["rows_copied"] >= at.WHOLE:
            yield Verdict(
                "real-set",
                True,
                f"hands out its training {samples} one after the other: they are the real set itself",
                f"{exact:.0%} of its {samples} are training {samples}, each of them once.",
                evidence,
                "Judge what the generator draws from noise, and not the data: `ganzoo eval RUN` draws anew.",
            )
            continue
        yield Verdict(
            kind,
            True,
            says.format(samples=samples),
            f"{exact:.0%} of its {samples} are exactly {of.format(samples=samples)}, and {near:.0%} are as near to "
            f"a single one as only 1% of real {samples} are.",
            evidence,
            then,
        )
    if not alarmed:
        near = max(numbers[f"{space}_near"] for space, *_ in _COPIED if f"{space}_near" in numbers)
        yield Verdict(
            "no-copies",
            False,
            f"does not copy its training {samples}",
            f"At most {near:.1%} of its {samples} are as near to a single one of the data as only 1% of real {samples} "
            "are.",
            _of(numbers, "training_copies", "training_near", "mirrored_near", "held_out_near"),
        )


_COPIED = (
    (
        "training",
        at.NEAR,
        "copies-training",
        "copies its training {samples}",
        "a training one",
        "Look at the closest pairs (--examine memorisation); then train on more data, with augmentation "
        "(recipe diffaugment or ada), or for less time.",
    ),
    (
        "mirrored",
        at.NEAR_MIRRORED,
        "copies-mirrored",
        "copies its training {samples} in the mirror",
        "a training one in the mirror",
        "Look whether the data are mirrored in training (--flips), and whether they may be; then train on more data "
        "or for less time.",
    ),
    (
        "held_out",
        at.NEAR,
        "copies-held-out",
        "copies held-out {samples}: they leaked into its training",
        "a held-out one",
        "Take held-out rows out of the training data (look for the same file in both), split anew with --hold-out, and "
        "train again.",
    ),
)


def _collapsed(numbers: Numbers) -> bool:
    """Tell whether samples are nearly one, or a few with small changes."""
    return numbers.get("spread", 1.0) < at.SPREAD or numbers.get("own_distance", 1.0) < at.OWN


def _variety(numbers: Numbers, samples: str) -> Iterator[Verdict]:
    """Samples that are all alike, a few with small changes, or the same ones again."""
    one = samples.removesuffix("s")
    evidence = _of(numbers, "different", "different_real", "spread", "own_distance")
    more = "Try a recipe against collapse (pacgan, wgan-gp or r1-gan), or a lower rate of G's optimizer."
    if numbers.get("spread", 1.0) < at.SPREAD:
        why = f"Two of its {samples} lie {numbers['spread']:.2f} times as far apart as two real ones."
        yield Verdict("one-sample", True, f"makes nearly the same {one} again and again", why, evidence, more)
    elif numbers.get("own_distance", 1.0) < at.OWN:
        why = f"Its next {one} is {numbers['own_distance']:.2f} times as far away as a real one's next."
        yield Verdict("few-samples", True, f"repeats a few {samples} with small changes", why, evidence, more)
    if "different" in numbers and numbers["different"] < at.DIFFERENT * numbers["different_real"]:
        own, real = numbers["different"], numbers["different_real"]
        why = f"{own:.0%} of its {samples} are different, and {real:.0%} of real ones."
        yield Verdict(
            "repeats",
            True,
            f"counts the same {samples} several times",
            why,
            evidence,
            "Judge as many different samples as the number says, each from fresh noise; where fresh noise gives the "
            "same ones, train against collapse (pacgan or wgan-gp).",
        )


def _classes(numbers: Numbers, samples: str) -> Iterator[Verdict]:
    """Classes that are missing, or more even with the data than chance allows."""
    shares = {name.removeprefix(_CLASS): share for name, share in numbers.items() if name.startswith(_CLASS)}
    if _collapsed(numbers):  # one image, or a few, say nothing of classes: the collapse is told
        shares = {}
    missing = [name for name, share in shares.items() if share < at.LACKS]
    if missing:
        told = ", of class ".join(f"{name} {shares[name]:.0%}" for name in missing[1:5])
        named = listed(missing) if len(missing) <= 5 else f"{len(missing)} of {len(shares)}"
        yield Verdict(
            "lacks-class",
            True,
            f"lacks class{'es' * (len(missing) > 1)} {named}",
            f"Its share of class {missing[0]} is {shares[missing[0]]:.0%} of the data's"
            f"{', of class ' * bool(told)}{told}.",
            {f"{_CLASS}{name}": shares[name] for name in missing},
            "Train longer; or try a recipe that knows the classes (cgan-pd, acgan), or one against collapse (pacgan).",
        )
    elif shares:
        least = min(shares, key=lambda name: shares[name])
        there = round(numbers.get("classes", len(shares)))
        every = "both" if there == 2 else f"all {there}"
        said = every if there == len(shares) else f"at least {len(shares)} of {there}"
        few = f", and so many {samples} can tell of no more" * (there != len(shares))
        yield Verdict(
            "all-classes",
            False,
            f"makes {said} classes{few}",
            f"The rarest, class {least}, has {shares[least]:.0%} of the share that the data give it.",
            {f"{_CLASS}{least}": shares[least]},
        )
    even = at.EVEN_TOLD if numbers.get("classes_told", 1.0) == 1.0 else at.EVEN
    if numbers.get("class_chi2_low", 1.0) < even:
        yield Verdict(
            "even-classes",
            True,
            "has just the data's shares of classes, as chance hardly ever gives them: its samples look picked",
            f"Samples drawn at random come as near to them with a chance of {numbers['class_chi2_low']:.1g}.",
            _of(numbers, "class_chi2_low"),
            "Judge samples as they are drawn, none picked, and through a second extractor (`ganzoo eval RUN "
            "--extractor pixels`).",
        )


def fooled(numbers: Numbers) -> float:
    """Return by how much samples look more right to the extractor than they are; above 1 no honest ones do."""
    overrated, squeezed = numbers.get("overrated", 0.0), numbers.get("squeezed")
    if squeezed is None:  # of large images
        return overrated / at.OVERRATED
    return overrated / at.OVERRATED_WITH + squeezed / at.SQUEEZED


def _views(numbers: Numbers, samples: str) -> Iterator[Verdict]:
    """Samples that the extractor takes for better than they are, or for better than real ones."""
    if fooled(numbers) > 1 and numbers["seen_distance"] < at.RIGHT:
        why = f"The extractor sees a distance of {numbers['seen_distance']:.1%} of the data's variance, and "
        why += (
            f"{math.exp(numbers['squeezed']):.2f} times that once its {samples} and the real ones have both lost their "
            "finest detail; with an honest generator it hardly grows."
            if numbers.get("squeezed", 0.0) > 0
            else f"yet its {samples} are {numbers['distance']:.2f} times as far from the nearest training one as real "
            "ones are."
        )
        yield Verdict(
            "fools-extractor",
            True,
            "looks right to the extractor, and not by its pixels",
            why,
            _of(numbers, "overrated", "squeezed", "seen_distance", "distance"),
            "Judge through an extractor that it was not trained against (`ganzoo eval RUN --extractor pixels`, or "
            "dinov2-vit-s-14), and look at the samples.",
        )
    near = "fresh" in numbers and numbers["seen_distance"] < at.TOO_GOOD * numbers["fresh"]
    if near and numbers.get("by_chance", 0.0) < at.CHANCE:
        yield Verdict(
            "too-good",
            True,
            f"is nearer to the training {samples} than fresh real ones are",
            f"The extractor sees {numbers['seen_distance']:.2g} of the data's variance, and would see "
            f"{numbers['fresh']:.2g} between real {samples}.",
            _of(numbers, "seen_distance", "fresh", "by_chance"),
            "Judge against rows that it was not trained on (--hold-out 0.1), with samples drawn anew.",
        )


def _files(numbers: Numbers, samples: str) -> Iterator[Verdict]:
    """Images that went through JPEG or another size."""
    dip = numbers.get("jpeg_dip", 1.0)
    if dip < at.DIP and dip < at.DIP * numbers.get("jpeg_dip_real", 1.0):
        yield Verdict(
            "jpeg",
            True,
            f"went through JPEG before it was judged (quality about {numbers['jpeg_quality']:.0f})",
            f"Written so again, its images change {dip:.2f} times as much as at qualities nearby; the data's "
            f"{numbers['jpeg_dip_real']:.2f} times.",
            _of(numbers, "jpeg_dip", "jpeg_dip_real", "jpeg_quality"),
            "Save samples as PNG or .npz (`ganzoo sample RUN --out samples.npz`), and judge again.",
        )
    enlarged, detail = numbers.get("enlarged", 1.0), numbers.get("detail", 1.0)
    alike = numbers.get("fitted_alike", 1.0) == 1.0
    evidence = _of(numbers, "enlarged", "enlarged_from", "detail", "fitted_alike")
    same = "Generate at the data's size, and fit both sets by one filter: --size and --resize bring both to it."
    if enlarged < at.ENLARGED * min(1.0, numbers.get("spread", 1.0)):  # what hardly varies has less of everything
        filtered = FILTERS[int(numbers["enlarged_by"])]
        why = f"{enlarged:.0%} of what the data have lies outside of images that were {filtered} enlarged."
        said = f"shows smaller images made larger ({numbers['enlarged_from']:.0f} pixels high before)"
        yield Verdict("resized", True, said, why, evidence, same)
    elif detail < at.BLURRED and enlarged < at.COARSE and numbers.get("spread", 1.0) >= at.VARIED:
        why = f"Of the data's share of fine detail it has {detail:.0%}, and of what coarser images lack {enlarged:.0%}."
        yield Verdict("resized", True, "was made soft by a resize", why, evidence, same)
    elif not alike:
        why = "The record names other ways to the size that is judged for generated images than for the data."
        yield Verdict("resized", True, "was resized otherwise than the data", why, evidence, same)


def _record(numbers: Numbers, samples: str) -> Iterator[Verdict]:
    """Numbers of fewer samples, or of fewer real ones."""
    share = numbers.get("samples_share", 1.0)
    if share != 1.0:
        yield Verdict(
            "fewer-samples",
            True,
            f"was judged on {'fewer' if share < 1 else 'more'} {samples} than the others",
            f"It has {share:.0%} of their number, and distances depend on it.",
            _of(numbers, "samples_share"),
            "Judge again on as many: `ganzoo eval RUN --samples N`.",
        )
    if numbers.get("reference_share", 1.0) != 1.0:
        yield Verdict(
            "fewer-real",
            True,
            f"was compared with a part of the real {samples}",
            f"With {numbers['reference_share']:.0%} of them, and distances depend on it.",
            _of(numbers, "reference_share"),
            "Compare with all of the data that the others are compared with.",
        )


_RULES: tuple[Callable[[Numbers, str], Iterator[Verdict]], ...] = (_copies, _variety, _classes, _views, _files, _record)
