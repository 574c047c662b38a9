"""Facts that a part's class declares beside its parameters: what it reads and gives, files, defaults."""

from collections.abc import Iterable, Iterator, Sequence

from ganzoo.interfaces import Dataset, Discriminator, Extractor, File, Loss, Metric, Regularizer

from .markdown import code, escaped
from .page import link
from .parts import path_of

Trait = tuple[str, str]
SAMPLES = {
    "gathered": "it combines the samples of a batch, those of all ranks (`gathered`)",
    "mixed": "it combines the samples of a batch, so that a run with it has one device (`mixed`)",
}


def traits(cls: type, here: str) -> Iterator[Trait]:
    """List what a part's class declares.

    Args:
        cls: of any kind.
        here: path of the page.
    """
    if issubclass(cls, Loss | Regularizer):
        yield from _term(cls)
    elif issubclass(cls, Discriminator):
        yield "outputs", _names(sorted(cls.outputs)) if isinstance(cls.outputs, frozenset) else ""
    elif issubclass(cls, Dataset):
        yield from _dataset(cls, here)
    elif issubclass(cls, Extractor):
        yield from _extractor(cls)
    elif issubclass(cls, Metric):
        yield "reads", _names(sorted(cls.reads))
        yield "better", cls.better


def _term(cls: type[Loss | Regularizer]) -> Iterator[Trait]:
    if isinstance(cls.reads, frozenset):
        yield "reads", _names(sorted(cls.reads))
    if cls.second_order is True:
        yield "second order", "it differentiates an output of D with respect to images"
    if issubclass(cls, Regularizer) and cls.through_loss is True:
        yield "through the loss", "it differentiates the loss itself"
    yield "samples", SAMPLES.get(str(cls.samples), "")


def _dataset(cls: type[Dataset], here: str) -> Iterator[Trait]:
    yield "files", _files(cls.files)
    yield "held-out files", _files(cls.held_out_files)
    if cls.extractor:
        yield "extractor", link(code(cls.extractor), path_of("extractor", cls.extractor), here)
    yield "metrics", ", ".join(link(code(name), path_of("metric", name), here) for name in cls.metrics)
    yield "generated samples", f"{cls.samples:,}" if cls.samples else "as many as there are real ones, 50,000 at most"


def _extractor(cls: type[Extractor]) -> Iterator[Trait]:
    if cls.weights is not None:
        yield "weights", _files([cls.weights])
        whole = len(cls.weights.sha256) == 64
        yield "SHA-256" if whole else "SHA-256 begins with", code(cls.weights.sha256) if cls.weights.sha256 else ""
    yield "version", code(cls.version)
    yield "modes", str(cls.modes or "")
    given = {"features": True, "logits": cls.classifies, "mode": cls.modes, "quality": cls.modes}
    yield "gives", _names(name for name, there in given.items() if there)


def _files(files: Sequence[File]) -> str:
    return ", ".join(f"[{escaped(file.name)}]({file.url})" if file.url else escaped(file.name) for file in files)


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))
