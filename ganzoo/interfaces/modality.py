"""Modalities: what a sample of some data is, and deals: which rows of the data come when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from ..errors import DataError
from ..samples import Sample, each, leaves
from ..seeds import stream
from .order import Order

Row = Mapping[str, Tensor]
"""Fields of some rows at rest, by name, each ``(B, ...)``."""


class Deal(ABC):
    """An order of rows: a function of the position alone, so that a run that is gone on with has no state to restore.

    Attributes:
        by: of each field, the name of the index that picks it; fields of one index are dealt together.
    """

    by: Mapping[str, str]

    @abstractmethod
    def take(self, position: int, count: int) -> dict[str, Tensor]:
        """Return the rows at ``position``, ``position + 1``, ...: ``(count,)`` int64 on the CPU, by index.

        It is asked on the host, outside of what a GPU replays.
        """

    @abstractmethod
    def draw(self, n: int, rng: torch.Generator) -> dict[str, Tensor]:
        """Return ``n`` rows at random, as frequent as in the data: ``(n,)`` int64 on the device of ``rng``, by index.

        Conditions of fakes are drawn by it.
        """


class Shuffled(Deal):
    """One permutation of the rows after the other; indices are dealt independently of each other.

    Args:
        lengths: of each field, how many rows it has.
        seed: of the order.
        by: of each field, the index that picks it; None for one that picks all.
    """

    def __init__(self, lengths: Mapping[str, int], seed: int, by: Mapping[str, str] | None = None) -> None:
        self.by = dict(by) if by is not None else dict.fromkeys(lengths, "row")
        self._n = {index: min(n for name, n in lengths.items() if self.by[name] == index) for index in self.by.values()}
        seeds = [seed, *(stream(seed, "data", -10 - k) for k in range(1, len(self._n)))]
        self._orders = {index: Order(n, own) for (index, n), own in zip(self._n.items(), seeds, strict=True)}

    def take(self, position: int, count: int) -> dict[str, Tensor]:
        """See ``Deal.take``."""
        return {index: order.take(position, count) for index, order in self._orders.items()}

    def draw(self, n: int, rng: torch.Generator) -> dict[str, Tensor]:
        """See ``Deal.draw``."""
        return {index: torch.randint(of, (n,), device=rng.device, generator=rng) for index, of in self._n.items()}


@dataclass(frozen=True)
class Rows:
    """Decoded data at rest, of any modality.

    Attributes:
        modality: says what they are.
        fields: arrays by name, ``(N, ...)`` each; fields that are dealt apart may have lengths of their own.
        classes: the names of the classes by index, where a field ``y`` holds class indices; else empty.
    """

    modality: Modality
    fields: Mapping[str, np.ndarray]
    classes: tuple[str, ...] = ()


class Modality(ABC):
    """The nature of a sample of some data: how it rests, how it plays, what parts are told of it, and its picture.

    A subclass is a frozen dataclass of plain values (numbers, texts, tuples of them, None), which are all that it is,
    so that a process or a result file can be told of it. A plugin registers it (``register_modalities``).

    Attributes:
        name: of the modality; numbers of two modalities are never ranked together.
        called: what its samples are called in the plural, such as ``rows``; by default as it is.
        offered: every keyword that ``offers`` may give, which is known without data.
        extractor, metrics: what its numbers are taken with unless the data or the user name others.
        whole: fields that are no samples, such as a list of all values that there are: held-out data and what is left
            of the others both have them whole.
        mirrored: whether the recipe's ``flips`` mean something to it.
        quantised: whether the recipe's ``dequantize`` means something to it.
        judged_as: the modality whose extractors see what is judged, such as ``images`` of pairs of images; its own by
            default.
        pictured: how many samples a run's picture shows.
        beside_real: its picture shows real samples as well, where they are at hand.
        endings: of the files that ``write`` writes, such as ``.csv``.
    """

    name: ClassVar[str]
    called: ClassVar[str] = ""
    offered: ClassVar[frozenset[str]] = frozenset()
    extractor: ClassVar[str] = ""
    metrics: ClassVar[tuple[str, ...]] = ()
    whole: ClassVar[frozenset[str]] = frozenset()
    mirrored: ClassVar[bool] = False
    quantised: ClassVar[bool] = False
    judged_as: ClassVar[str] = ""
    pictured: ClassVar[int] = 64
    beside_real: ClassVar[bool] = True
    endings: ClassVar[tuple[str, ...]] = ()

    @property
    def plural(self) -> str:
        """The word for samples in a sentence, such as ``rows``: ``called``, or the name."""
        return self.called or self.name

    @abstractmethod
    def offers(self, *, conditional: bool) -> dict[str, Any]:
        """Return the keywords that a part is built with, as far as it names them, each of ``offered``."""

    def narrower(self) -> tuple[tuple[Modality, str], ...]:
        """Return data of this modality that some parts play where they do not play this; none by default.

        Each comes with a clause: of a part that fails on this and plays the other a message says the part's name and
        then the clause, such as ``takes square images only, and these are 64x32: ...``.
        """
        return ()

    def smaller(self) -> tuple[Modality, ...]:
        """Return data like this that stand for it in a trial of a batch, the smallest first; none by default."""
        return ()

    @abstractmethod
    def play(
        self, row: Row, *, flips: bool, rng: torch.Generator, noise: torch.Generator | None = None
    ) -> tuple[Sample, Sample | None]:
        """Return samples as networks see them, and their conditions, of rows at rest; all on the rows' device.

        No value of a tensor may be looked at here, nor anything be copied from the host: a GPU replays it.

        Args:
            row: at rest, on the device.
            flips: mirror at random, where that means something (``mirrored``).
            rng: of all draws but the dequantisation's, on the device.
            noise: of the dequantisation (``quantised``); None for none.
        """

    def condition(self, row: Row) -> Sample | None:
        """Return the conditions of rows alone, without augmentation; by default their field ``y``, if there is one."""
        return row["y"] if "y" in row else None  # noqa: SIM401  a field that cannot be read is not one that is missing

    def rest(self, sample: Sample) -> Sample:
        """Return generated samples as they are judged and drawn; by default in float32."""
        rested: Sample = each(lambda tensor: tensor.to(torch.float32), sample)
        return rested

    def judged(self, rest: Sample) -> dict[str, Tensor]:
        """Return what is judged of samples at rest, by name: one thing named "" unless there are several.

        A metric's column is then called by the name as well, such as ``fid.a``.
        """
        if isinstance(rest, Mapping):
            return dict(rest)
        return {"": rest}

    def judges(self, name: str, *, paired: bool) -> bool:
        """Say whether a metric is taken of the thing that is judged by this name; by default of each of them.

        Args:
            name: see ``judged``.
            paired: the metric looks at each sample beside the real one of its row.
        """
        return True

    def target(self, row: Row) -> Sample:
        """Return rows at rest as a generated sample rests: what numbers compare with; by default the field ``x``."""
        return row["x"]

    def deal(self, fields: Mapping[str, Tensor], seed: int) -> Deal:
        """Return which rows come when; by default all fields together, shuffled anew in every epoch."""
        return Shuffled({name: len(tensor) for name, tensor in fields.items()}, seed)

    def shown(self, fields: Row, n: int) -> Sample | None:
        """Return the conditions of a picture of ``n`` samples; by default those of the first ``n`` rows."""
        return self.condition({name: tensor[torch.arange(n) % len(tensor)] for name, tensor in fields.items()})

    @abstractmethod
    def example(self, n: int = 2) -> dict[str, Tensor]:
        """Return ``n`` rows at rest that show the shapes: buffers, probes and dry turns are made of them."""

    @classmethod
    def tried(cls) -> tuple[tuple[str, Modality], ...]:
        """Return data of this modality that ``ganzoo check`` tries parts on, each with the words that say it.

        Words may stand for several, such as images of one size, grey and in colour. By default that of its defaults,
        by its name.
        """
        return ((cls.name, cls()),)

    def wider(self) -> tuple[tuple[str, Modality], ...]:
        """Return data that a part may play beside these, or not, each with words; none by default.

        ``ganzoo check`` says which it does.
        """
        return ()

    def described(self, fields: Mapping[str, Tensor]) -> str:
        """Return number and shape of the data, for people, such as ``178 rows of 13 numbers``.

        It begins with the number, or with the numbers of several sets, and goes on with what samples are called.
        """
        return f"{max(len(tensor) for tensor in fields.values()):,} {self.plural}"

    def explained(self, fields: Mapping[str, Tensor]) -> Sequence[str]:
        """Return what ``ganzoo data show`` tells of the data beside numbers and shapes, line by line; by default none.

        Such as what each column of a file was taken for.
        """
        return ()

    def picture(self, fake: Sample, real: Sample | None, y: Sample | None) -> bytes | None:
        """Return a PNG of samples at rest that a person reads; None, the default, for none.

        Args:
            fake: generated.
            real: as many real ones: of the same conditions in a game whose labels are paired, else the first of the
                data; None where these are not at hand.
            y: the conditions, as ``condition`` gives them; None without any.
        """
        return None

    def picture_of_data(self, real: Sample, y: Sample | None) -> bytes | None:
        """Return a PNG of real samples at rest, for the report; by default as if they had been generated."""
        return self.picture(real, None, y)

    def ways(self, fake: Sample, steps: int) -> bytes | None:
        """Return a PNG of samples between latents, ``steps`` on each way, one way after another.

        None, the default, for none: a run then leaves no interpolation, and ``ganzoo interpolate`` draws ``picture``.
        """
        return None

    def as_images(self, sample: Sample) -> Tensor | None:
        """Return each sample at rest as an image, ``(N, C, H, W)`` uint8, for folders of PNGs and for films.

        None, the default, where a sample is no image.
        """
        return None

    def arrays(self, sample: Sample) -> dict[str, Tensor]:
        """Return samples at rest by the names that an ``.npz`` gives them; by default their own, or ``x``."""
        return dict(sample) if isinstance(sample, Mapping) else {"x": sample}

    def of_arrays(self, arrays: Row) -> Sample | None:
        """Return the samples at rest that ``arrays`` gave names; by default wherever it does nothing else.

        Args:
            arrays: all that an ``.npz`` holds, which may be more, such as conditions.

        Returns:
            None where the names are others, or ``arrays`` gives other tensors than samples have.

        Raises:
            DataError: they have other shapes than these samples have.
        """
        like = self.target(self.example())
        own = leaves(like)
        named = self.arrays(like)
        if [tensor.shape for tensor in named.values()] != [tensor.shape for tensor in own]:
            return None
        if not all(name in arrays for name in named):
            return None
        for name, one in named.items():
            given, wanted = tuple(arrays[name].shape), tuple(one.shape[1:])
            if given[1:] != wanted:
                told = ", ".join(["N", *map(str, wanted)])
                raise DataError(f"the array {name} has the shape {given}, where these {self.plural} have ({told})")
        found = [arrays[name].to(tensor.dtype) for name, tensor in zip(named, own, strict=True)]
        return dict(zip(like, found, strict=True)) if isinstance(like, Mapping) else found[0]

    def write(self, sample: Sample, path: Path) -> bool:
        """Write samples at rest as a file of one's own, of one of ``endings``; False, the default, for any other."""
        return False

    @classmethod
    def of(cls, rows: Rows) -> Rows | None:
        """Take data of another modality for data of this one; None, the default, where they cannot be.

        It is asked where the user names data of that one beside this modality, such as a set of images to be enlarged.

        Args:
            rows: their modality, fields and classes; the fields may be kept as they are.

        Raises:
            DataError: they are of the right modality, and unfit; the message names why.
        """
        return None

    @classmethod
    def read(cls, path: Path) -> Rows | None:
        """Read a file or folder of one's own; None, the default, where it is nothing of this modality.

        Raises:
            DataError: it is of this modality, and broken; the message names what.
        """
        return None

    def read_as(self, path: Path) -> Rows | None:
        """Read a file or folder, which ``read`` reads, as data of these very values; None where it reads nothing.

        Two sets are compared so, as words by one list. By default what ``read`` gives, where these values are the same
        or samples are floating numbers of one shape; one whose numbers at rest mean something else with other values,
        such as places in a list, reads them as its own here.

        Raises:
            DataError: it is broken, or holds what these values cannot say; the message names what.
        """
        rows = type(self).read(path)
        if rows is None or rows.modality == self:
            return rows
        pairs = [leaves(one.target(one.example())) for one in (rows.modality, self)]
        for one, other in zip(*pairs, strict=True):
            if not other.is_floating_point() or one.shape[1:] != other.shape[1:]:
                raise DataError(
                    f"{path.name} holds {self.plural} of other values or of another shape than those that it is "
                    f"compared with: compare data of the same {self.name}"
                )
        return rows

    @classmethod
    def read_held_out(cls, path: Path) -> Rows | None:
        """Read what a path that ``read`` reads holds beside it, and nothing is trained on; None, the default, for none.

        Raises:
            DataError: it is broken; the message names what.
        """
        return None
