"""The JSON of ``ganzoo data show --json``."""

from typing import ClassVar

from pydantic import Field

from ..bench_files.bench_results import ModalityFacts
from ..written import SCHEMA, Number, Written


class ShownSize(Written):
    """Images of one size.

    Attributes:
        height: in pixels.
        width: in pixels.
        n: how many images there are of it.
    """

    height: int
    width: int
    n: int


class ShownClass(Written):
    """A class of the set.

    Attributes:
        name: its name.
        n: how many images it has.
    """

    name: str
    n: int


class ShownField(Written):
    """A field of data at rest.

    Attributes:
        name: of the field.
        shape: ``(N, ...)``.
        dtype: numpy's name of it.
        low: the smallest value.
        high: the largest.
    """

    name: str
    shape: list[int]
    dtype: str
    low: Number
    high: Number


class RowsShown(Written):
    """Data of another modality than images as ``ganzoo data show --json`` tells of them.

    Attributes:
        schema_version: of this object.
        data: as they were asked for.
        n: how many there are.
        modality: of them.
        described: number and shape, for people.
        classes: in the order of their indices; none without labels.
        fields: of the data at rest.
        told: lines of the modality's own, such as what each column of a file was taken for.
        held_out: how many are held out; null for none.
        notes: sentences on how they are read.
        left_out: sentences on what is not used, with counts.
        next: commands that train on them.
    """

    about: ClassVar[str] = "description of data"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    data: str
    n: int
    modality: ModalityFacts
    described: str
    classes: list[ShownClass]
    fields: list[ShownField]
    told: list[str] = Field(default_factory=list)
    held_out: int | None
    notes: list[str]
    left_out: list[str]
    next: list[str]


class DataShown(Written):
    """A set of images as ``ganzoo data show --json`` tells of it.

    Attributes:
        schema_version: of this object.
        data: as it was asked for.
        n: images that can be read and are used.
        classes: in the order of their indices; none without labels.
        sizes: the most frequent first.
        colours: images by their kind of colours, such as ``RGB``, ``grey`` or ``palette``.
        formats: files by their format; none for arrays.
        folders: images in each folder at the top, used or not; those beside the folders stand under the empty name.
        unreadable: files that cannot be read, each with the reason.
        equal: names of images of equal pixels, in groups.
        near: names of nearly equal images, in groups; of equal ones the first stands for all.
        notes: sentences on how the set is read.
        left_out: sentences on what is not used, with counts.
        options: of the command line, that the set needs; empty where it is taken as it is.
        next: commands that train on it.
    """

    about: ClassVar[str] = "description of a set of images"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    data: str
    n: int
    classes: list[ShownClass]
    sizes: list[ShownSize]
    colours: dict[str, int]
    formats: dict[str, int]
    folders: dict[str, int]
    unreadable: list[str]
    equal: list[list[str]]
    near: list[list[str]]
    notes: list[str]
    left_out: list[str]
    options: str
    next: list[str]
