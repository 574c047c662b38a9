"""The file ``config.json`` of an exported generator."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from ...bench.results.run_files.spec_parts import Channels, RecipeData, Side
from ...bench.results.terms.budget_data import BudgetData
from ...bench.results.written import Number, Written
from ...recipes.schema.fields import wrong
from ..numbers import Numbers

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
CARD = "README.md"
PICTURE = "samples.png"
FILES = (CONFIG, WEIGHTS, CARD, PICTURE)  # of a folder, beside those in plugins
FORMAT = "ganzoo-generator"
_FILE = re.compile(r"[\w][\w.-]{0,99}\.py")


def _files(value: dict[str, str]) -> dict[str, str]:
    for name in value:
        if not _FILE.fullmatch(name):
            raise wrong(f"names a plugin file {name!r:.80}, and must have plain names such as my_loss.py")
    return value


class GeneratorPart(Written):
    """The part that the generator is.

    Attributes:
        name: under which it is registered.
        plugin: that registers it.
        distribution: the package that has the plugin; empty for a plugin that is one file.
        version: of the package.
        revision: of what it computes.
    """

    name: str
    plugin: str = ""
    distribution: str = ""
    version: str = ""
    revision: int = 1


class Data(Written):
    """The training data.

    Attributes:
        name: of the set.
        asked: the name or path by which it was asked for.
        options: words of a command line, beside that name, by which a run had its images.
        hash: of its images.
    """

    name: str = ""
    asked: str = ""
    options: list[str] = Field(default_factory=list)
    hash: str = ""


class Shape(Written):
    """Shape of a sample: height and width are 1 for points, whose numbers are the channels."""

    channels: Channels
    height: Side
    width: Side


class Weights(Written):
    """File of the weights: its SHA-256, by which it is checked before it is read, and its bytes."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=1)]


class Config(Written):
    """All that is known of an exported generator, and all that it is built from again.

    Attributes:
        format: tells these files from others called ``config.json``.
        version: of the format.
        ganzoo: version that wrote it.
        name: of the recipe, variants included.
        recipe: that it was trained by.
        generator: the part that it is.
        built: see ``Provenance``, as are the fields of its names.
        kind: of its samples: the name of their modality.
        shape: of an image or a point; None of any other modality.
        modality: the plain values of any other modality; None of images and points.
        described: samples of any other modality, for people.
        z_dim: length of a latent.
        classes: names of the labels that it is told, by index; of an unconditional one, those of its data.
        counts: how many training images each had; empty where that is not known.
        data: that it was trained on.
        step: steps of the game that were played.
        kimg: thousand real images that D had been shown.
        threads: of torch on the CPU.
        numbers: of its last evaluation; None where there was none.
        weights: the file of the weights.
    """

    about: ClassVar[str] = "exported generator"

    format: Literal["ganzoo-generator"]
    version: Literal[1]
    ganzoo: str
    name: str
    recipe: RecipeData
    generator: GeneratorPart
    built: Annotated[list[str], Field(min_length=1)]
    second_order: bool
    kind: str
    shape: Shape | None = None
    z_dim: Annotated[int, Field(ge=0)]
    classes: list[str] = Field(default_factory=list)
    counts: list[Annotated[int, Field(ge=0)]] = Field(default_factory=list)
    data: Data = Data()
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    device: str = "cpu"
    budget: BudgetData | None = None
    step: Annotated[int, Field(ge=0)] | None = None
    kimg: Number | None = None
    threads: Annotated[int, Field(ge=1, lt=2**16)] | None = None
    numbers: Numbers | None = None
    revisions: dict[str, int] = Field(default_factory=dict)
    origins: dict[str, str] = Field(default_factory=dict)
    plugins: list[str] | None = None
    files: Annotated[dict[str, str], AfterValidator(_files)] = Field(default_factory=dict)
    license: str = ""
    weights: Weights
    modality: dict[str, Any] | None = None
    described: str = ""
