"""Checks of datasets, and of the files that datasets and extractors name."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import numpy as np

from ...interfaces import Dataset, Extractor, File, Images, Metric
from ...interfaces.modality import Rows
from ...recipes.building.build import load_class
from ...registry.registry import Registry
from ..findings import Findings, listed, require, require_is
from .rows import require_held_out_rows, require_rows, same_rows

_HEX = re.compile(r"[0-9a-f]*")


def require_file(given: object, *, digits: tuple[int, ...] = (64,)) -> None:
    """Require that a published file can be found and checked by what is said of it.

    Args:
        given: a ``File``.
        digits: how many digits of its sha256 may be pinned.

    Raises:
        ConformanceError: it cannot.
    """
    file = require_is(given, File, f"files holds {given!r}, and must hold ganzoo.interfaces.File")
    for name in (file.name, *file.also):
        bare = (
            isinstance(name, str)
            and name
            and not name.startswith("/")
            and ".." not in name.split("/")
            and "\\" not in name
        )
        require(bool(bare), f"the file name {name!r} is not a name inside a folder")
    what = f"the file {file.name!r}"
    if file.url:
        url = urlsplit(file.url)
        require(
            url.scheme == "https" and bool(url.netloc), f"{what} has the url {file.url!r}, and must have one over https"
        )
    wanted = " or ".join(map(str, digits))
    require(
        not file.sha256 or (len(file.sha256) in digits and bool(_HEX.fullmatch(file.sha256))),
        f"{what} has the sha256 {file.sha256!r}, and must have {wanted} hexadecimal digits in lower case",
    )
    require(
        not file.md5 or (len(file.md5) == 32 and bool(_HEX.fullmatch(file.md5))),
        f"{what} has the md5 {file.md5!r}, and must have 32 hexadecimal digits in lower case",
    )
    require(
        isinstance(file.size, int) and file.size >= 0,
        f"{what} has the size {file.size!r}, and must have a number of bytes",
    )
    pinned = bool(file.sha256) or bool(file.md5 and file.size)
    require(
        not file.url or pinned, f"{what} can be downloaded but not checked: it needs a sha256, or an md5 and a size"
    )


def _require_images(given: object, reader: str = "read") -> Images:
    """Give what a dataset reads as the images that it must be."""
    wrong = f"{reader} gives a {type(given).__name__}, and must give ganzoo.interfaces.Images"
    images = require_is(given, Images, wrong)
    pixels, labels, classes = images.pixels, images.labels, images.classes
    require(isinstance(pixels, np.ndarray), f"the pixels are a {type(pixels).__name__}, and must be a numpy array")
    require(
        pixels.dtype in (np.uint8, np.float32),
        f"the pixels are {pixels.dtype}, and must be uint8, or float32 if they are points",
    )
    require(pixels.ndim == 4, f"the pixels have the shape {pixels.shape}, and must have (N, C, H, W)")
    require(len(pixels) > 0, "there are no images")
    if pixels.dtype == np.float32:
        require(
            pixels.shape[2:] == (1, 1),
            f"float32 are points, and have the shape {pixels.shape} where they must have (N, C, 1, 1)",
        )
        require(bool(np.isfinite(pixels).all()), "the points hold values that are not finite")
    require(
        isinstance(classes, tuple) and all(isinstance(name, str) for name in classes),
        f"classes is {classes!r}, and must be a tuple of names",
    )
    if labels is None:
        require(not classes, "there are classes and no labels")
        return images
    require(
        isinstance(labels, np.ndarray) and labels.dtype == np.int64 and labels.shape == (len(pixels),),
        f"the labels must be an int64 array of shape {(len(pixels),)}",
    )
    low, high = int(labels.min()), int(labels.max())
    require(
        low >= 0 and high < len(classes), f"the labels go from {low} to {high}, and there are {len(classes)} classes"
    )
    return images


def _require_defaults(cls: type[Dataset], registry: Registry) -> None:
    metrics, samples = cls.metrics, cls.samples
    named = isinstance(metrics, tuple) and bool(metrics) and all(isinstance(name, str) for name in metrics)
    require(named, f"metrics is {metrics!r}, and must be a tuple of their names")
    seen_by: type[Extractor] = load_class(registry, "extractor", cls.extractor)
    absent = (set() if seen_by.modes else {"mode", "quality"}) | (set() if seen_by.classifies else {"logits"})
    for name in metrics:
        metric: type[Metric] = load_class(registry, "metric", name)
        wanted = metric.reads & absent
        require(
            not wanted,
            f"the metric {name!r} reads {listed(wanted)}, which its extractor {cls.extractor!r} does not give",
        )
    whole = isinstance(samples, int) and not isinstance(samples, bool) and samples >= 2
    require(samples is None or whole, f"samples is {samples!r}, and must be a number of at least 2, or None")


def _require_pair(cls: type[Dataset], x: np.ndarray, registry: Registry) -> None:
    seen_by: type[Extractor] = load_class(registry, "extractor", cls.extractor)
    sees = seen_by.point
    point = x.shape[1] if x.dtype == np.float32 else 0
    words = {given: f"points of {given} numbers" if given else "images" for given in (sees, point)}
    require(sees == point, f"these are {words[point]}, and its extractor {cls.extractor!r} sees {words[sees]}")


def _require_held_out(given: object, images: Images) -> Images:
    held_out = _require_images(given, "read_held_out")
    kinds = [(a.pixels.dtype, a.pixels.shape[1:], a.labels is None, a.classes) for a in (held_out, images)]
    require(kinds[0] == kinds[1], "the held-out images have another type, shape, or other classes than the others")
    trained = {image.tobytes() for image in images.pixels}
    twice = sum(image.tobytes() in trained for image in held_out.pixels)
    # the very same picture may have been taken twice, as of a black square; a whole part that was is a mistake
    require(
        2 * twice < len(held_out.pixels), f"{twice:,} of the {len(held_out.pixels):,} held-out images are trained on"
    )
    return held_out


def check_dataset(findings: Findings, registry: Registry) -> None:
    """Check a dataset's files, extractor and metrics; and its images or points, if they ship."""
    cls: type[Dataset] = load_class(registry, "dataset", findings.name)
    dataset = None
    with findings.check("files") as seen:
        require(isinstance(cls.files, tuple), f"files is {cls.files!r}, and must be a tuple")
        require(isinstance(cls.held_out_files, tuple), f"held_out_files is {cls.held_out_files!r}, and must be a tuple")
        for file in (*cls.files, *cls.held_out_files):
            require_file(file)
        names = [file.name for file in (*cls.files, *cls.held_out_files)]
        require(len(set(names)) == len(names), f"two of its files have the same name: {', '.join(names)}")
        seen.append(f"{len(names)} to be found or downloaded" if names else "none: its data ship")
    if cls.extractor != "none":  # which stands for no extractor, where metrics look for themselves
        with findings.check("extractor"):
            registry.get("extractor", cls.extractor)
        with findings.check("metrics"):
            _require_defaults(cls, registry)
    with findings.check("construction"):
        dataset = cls()
    if dataset is None or cls.files:
        return
    with findings.check("images") as seen:
        given = dataset.read({})
        if isinstance(given, Rows):
            rows = require_rows(given, registry)
            seen.append(f"rows of {type(rows.modality).name} with {listed(rows.fields)}, and no images")
        else:
            n, depth, side, _ = _require_images(given).pixels.shape
            seen.append(f"{n:,} of {depth}x{side}x{side}")
    if not findings.ok:
        return
    if isinstance(given, Rows):
        _check_rows(findings, registry, cls, given)
    else:
        _check_images(findings, registry, cls, given)


def _check_rows(findings: Findings, registry: Registry, cls: type[Dataset], rows: Rows) -> None:
    if cls.read_held_out is not Dataset.read_held_out and not cls.held_out_files:
        with findings.check("held-out"):
            require_held_out_rows(cls().read_held_out({}), rows, registry)
    with findings.check("repeats"):
        again = require_rows(cls().read({}), registry)
        require(same_rows(rows, again), "two readings differ")


def _check_images(findings: Findings, registry: Registry, cls: type[Dataset], images: Images) -> None:
    with findings.check("pairing"):
        _require_pair(cls, images.pixels, registry)
    if cls.read_held_out is not Dataset.read_held_out and not cls.held_out_files:
        with findings.check("held-out") as seen:
            held_out = _require_held_out(cls().read_held_out({}), images)
            seen.append(f"{len(held_out.pixels):,}")
    with findings.check("repeats"):
        again = _require_images(cls().read({}))
        same = np.array_equal(images.pixels, again.pixels) and _same_labels(images, again)
        require(same, "two readings differ")


def _same_labels(a: Images, b: Images) -> bool:
    if a.labels is None or b.labels is None:
        return a.labels is b.labels
    return np.array_equal(a.labels, b.labels)
