"""Tracks of the speedrun: the data, the goals and the terms of a try, as YAML files. Does not import torch.

summary: handwritten digits of 8x8 to a Fréchet distance of 5
data: digits
extractor: digits
goals: [fid <= 5]
samples: 1797
kimg: 400
evaluations: 40
"""

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from ...errors import GanzooError, suggest
from ...recipes import safeyaml
from ...recipes.schema.fields import Frozen, Name, Number, Whole
from ...recipes.schema.validation import Source, validation_errors
from ..results.terms.goal import Goal, goal_fields

SEEDS = (0, 1, 2, 3, 4)
"""The seeds of every try that counts: the same for all, so that nobody looks for lucky ones."""
_ENDINGS = (".yaml", ".yml")


class Track(Frozen):
    """The terms on which tries are compared.

    Attributes:
        name: that of its file.
        summary: one line, for lists.
        data: the name of the dataset.
        extractor: that sees the samples; None for the data's own.
        goals: all of which one evaluation has to meet.
        samples: that an evaluation generates.
        kimg: of the longest try: thousand real images shown to D in each of its runs.
        evaluations: of a run at most, evenly spread.
        kind: the machines that it is for: ``any``, or ``gpu`` for one that takes days on a CPU.
    """

    name: Name
    summary: str
    data: Name
    extractor: Name | None = None
    goals: Annotated[
        tuple[Annotated[Goal, BeforeValidator(goal_fields)], ...], Field(min_length=1, examples=[["fid <= 5"]])
    ]
    samples: Annotated[Whole, Field(ge=2, le=10_000_000)]
    kimg: Annotated[Number, Field(gt=0)]
    evaluations: Annotated[Whole, Field(ge=1, le=1000)]
    kind: Literal["any", "gpu"] = "any"

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics that goals bound, each once."""
        return tuple(dict.fromkeys(goal.metric for goal in self.goals))

    def met(self, metrics: Mapping[str, Any]) -> bool:
        """Say whether an evaluation's numbers meet all goals."""
        return all(goal.met(metrics) for goal in self.goals)

    @property
    def aim(self) -> str:
        """The goals in one phrase: ``modes >= 25 and high-quality >= 95``."""
        return " and ".join(map(str, self.goals))


def track_files() -> dict[str, Traversable]:
    """Return the files of the tracks that ship, by name, in the order of their names."""
    folder = files(__package__) / "tracks"
    found = {one.name.rpartition(".")[0]: one for one in folder.iterdir() if one.name.endswith(_ENDINGS)}
    return dict(sorted(found.items()))


def load_track(name: str) -> Track:
    """Return a track: one that ships by its name, or one of a file of your own, ``path/to/mine.yaml``.

    Raises:
        GanzooError: there is none of this name, or its file is wrong, one sentence for each thing that is.
    """
    if name.endswith(_ENDINGS):
        path = Path(name)
        return _parsed(safeyaml.read(path), path.stem, str(path))
    known = track_files()
    if name not in known:
        raise GanzooError(f"there is no track {name!r}; {suggest(name, known)} (`ganzoo speedrun` lists them)")
    return _parsed(safeyaml.load(known[name].read_text(encoding="utf-8")), name, f"{name}.yaml")


def _parsed(written: Any, name: str, file: str) -> Track:
    if not isinstance(written, dict):
        raise GanzooError(f"{file}: a track is a mapping of keys to values, as in data: digits, and this is none")
    if "name" in written:
        raise GanzooError(f"{file}: name: no such key; a track is called as its file is")
    try:
        return Track.model_validate({"name": name, **written})
    except ValidationError as error:
        raise GanzooError("\n".join(validation_errors(error, Track, Source(file)))) from error


def shipped_tracks() -> list[Track]:
    """Return all tracks that ship, in the order of their names."""
    return [load_track(name) for name in track_files()]
