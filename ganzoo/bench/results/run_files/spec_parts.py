"""The parts of ``run.json`` that a run keeps as plain data: their keys and types. Does not import torch."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..terms.budget_data import BudgetData as BudgetData
from ..written import Named, Written, shaped
from .environment import ExtractorIdentity

Size = Annotated[int, Field(ge=1, lt=2**31)]
Side = Annotated[int, Field(ge=1, le=2**14)]
"""Height or width of images. Networks are built for it; files are read up to 4096 pixels."""
Channels = Annotated[int, Field(ge=1, le=2**12)]
"""Channels of images, or coordinates of points. Networks are built for them, too."""


class _Plain(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class StoredImages(_Plain):
    """The data of a run, see ``ganzoo.data.DataSet``, which it has the fields of."""

    name: str
    folder: str
    hash: str
    n: Size
    channels: Channels
    height: Side
    width: Side
    classes: list[str]
    extractor: str
    source: str
    skipped: list[str] = Field(default_factory=list)
    points: bool = False
    metrics: list[str] = Field(default_factory=list)
    samples: Size | None = None
    held_out: "StoredImages | None" = None
    counts: list[int] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    left_out: list[str] = Field(default_factory=list)


class StoredModality(_Plain):
    """The modality of the data, and the plain values that it is built of again."""

    name: str
    values: dict[str, Any]


class StoredField(_Plain):
    """One field of data at rest."""

    shape: list[Size]
    dtype: str


class StoredRows(_Plain):
    """The data of a run of any other modality than images and points."""

    name: str
    folder: str
    hash: str
    n: Size
    modality: StoredModality
    fields: dict[str, StoredField] = Field(min_length=1)
    classes: list[str]
    extractor: str
    source: str
    described: str
    skipped: list[str] = Field(default_factory=list)
    metrics: list[str] = Field(default_factory=list)
    samples: Size | None = None
    held_out: "StoredRows | None" = None
    counts: list[int] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    left_out: list[str] = Field(default_factory=list)


class StoredFitting(_Plain):
    """The way that the images were brought to one size, see ``ganzoo.data.Fitting``."""

    size: list[Side] | None = None
    crop: str = "center"
    resize: str = "lanczos"
    grey_to_rgb: bool = False
    seed: int = 0


class StoredSource(_Plain):
    """The request for the data, by which it is read anew; older files have fewer keys."""

    dataset: str
    data_dir: str | None = None
    skip_bad: bool = False
    hold_out: float | int | None = None
    fitting: StoredFitting | None = None
    modality: str | None = None


class _Schedule(BaseModel):
    model_config = ConfigDict(strict=True)

    batch_stats: str = ""


class StoredRecipe(BaseModel):
    """The recipe of a run, as far as it is read before it is resolved."""

    model_config = ConfigDict(strict=True)

    name: str = Field(min_length=1)
    schedule: _Schedule = Field(default_factory=_Schedule)


def _data(value: dict[str, Any]) -> dict[str, Any]:
    """Check the record of a data set, which names its modality unless it is of version 1."""
    shaped(StoredRows if "modality" in value else StoredImages).func(value)  # type: ignore[call-arg]
    return value


Images = Annotated[dict[str, Any], AfterValidator(_data)]
SourceData = Annotated[dict[str, Any], shaped(StoredSource)]
RecipeData = Annotated[dict[str, Any], shaped(StoredRecipe)]
IdentityData = Annotated[dict[str, Any], shaped(ExtractorIdentity)]


class HeldRun(Written):
    """``run.json`` in a folder that a run is to be played in, as far as it tells whether it is the same one.

    Attributes:
        key: of the run.
        revisions: those above 1 of its parts.
        origins: of third parties' parts.
        identity: of its evaluator.
    """

    about: ClassVar[str] = "run"

    key: str | None = None
    revisions: Named[int] = Field(default_factory=dict)
    origins: Named[str] = Field(default_factory=dict)
    identity: ExtractorIdentity | None = None
