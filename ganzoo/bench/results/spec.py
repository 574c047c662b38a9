"""The specification of a run: all that its process reads, and the key under which its result is recognised."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from ... import __version__
from ...errors import GanzooError
from ...recipes.recipe import Recipe
from ...recipes.validation import Source, validation_errors
from ...storage.atomic import write_file
from .budget import Budget
from .setting import settings_of
from .worker_settings import WorkerSettings

SCHEMA = 1
GIVEN_WEIGHTS = "given-weights"  # the kind under which a cache elsewhere has the weights that the user named
TEXTS = ("title", "year", "paper", "summary", "departs")  # of a recipe, which its result does not depend on
# The values of runs from before there were these settings.
_EARLIER = {"precision": "fp32", "replicates": 0, "examinations": ()}


class RunSpec(WorkerSettings):
    """One recipe with one seed, with all that was left open in the settings decided.

    Attributes:
        recipe: as resolved, with variants and overrides in place.
        seed: of every random stream.
        images: the data, see ``ImageSet.to_json``.
        budget: see ``Budget.to_json``.
        samples: the number of images that an evaluation generates.
        metrics: names of metrics; empty with no extractor.
        extractor: name of the extractor; None trains without numbers.
        weights: file of the extractor's weights that the user named.
        identity: what makes a number of this extractor comparable with another.
        device: ``cpu`` or ``cuda:N``.
        threads: of torch on the CPU.
        source: what was asked for as data, to read it anew when the cache no longer holds it.
        precision: see ``ganzoo.backend.precision``.
        ranks: processes that play the run together, each its share of every batch.
        devices: theirs, the first one's first; empty for the CPU, or for the first GPUs that there are.
        revisions: those above 1 of the parts that the recipe names, see ``ganzoo.recipes.revisions``.
    """

    recipe: dict[str, Any]
    seed: int
    images: dict[str, Any]
    budget: dict[str, int | float]
    samples: int
    metrics: tuple[str, ...]
    extractor: str | None
    weights: str | None
    identity: dict[str, Any]
    device: str
    threads: int
    source: dict[str, Any]
    precision: str
    ranks: int = 1
    devices: tuple[str, ...] = ()
    revisions: dict[str, int] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """The recipe's name, as written on the command line."""
        return str(self.recipe["name"])

    @property
    def key(self) -> str:
        """Sha256 of all that the result depends on; not of where or how fast it is run."""
        decisive = {
            "ganzoo": __version__,
            "schema": SCHEMA,
            "recipe": {key: value for key, value in self.recipe.items() if key not in TEXTS},
            "seed": self.seed,
            "data": self.images["hash"],
            "held_out": (self.images.get("held_out") or {}).get("hash"),
            "budget": self.budget,
            "samples": self.samples,
            "metrics": self.metrics,
            "identity": self.identity,
            "device": self.device.partition(":")[0],
            "precision": self.precision,
            **self._decisive_settings(),
        }
        if self.plays_locally:
            decisive["ranks"] = self.ranks
        if self.revisions:
            decisive["revisions"] = self.revisions
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    def _decisive_settings(self) -> dict[str, Any]:
        fields = WorkerSettings.model_fields
        found = {}
        for name, setting in settings_of(WorkerSettings).items():
            value = getattr(self, name)
            if setting.decides == "always" or (setting.decides == "changed" and value != fields[name].default):
                found[name] = value
        return found

    @property
    def plays_locally(self) -> bool:
        """True where batch statistics are those of a rank's share, so that the game depends on the number of ranks.

        Else ranks play the game of one, and may go on with what another number of them left.
        """
        return self.ranks > 1 and self.recipe.get("schedule", {}).get("batch_stats") == "local"

    def resolved_recipe(self) -> Recipe:
        """Return the recipe."""
        return Recipe.from_dict(self.recipe)

    def resolved_budget(self) -> Budget:
        """Return the budget."""
        return Budget.from_json(self.budget)

    def write(self, folder: Path) -> None:
        """Put it into the run's folder."""
        written = {"schema": SCHEMA, "key": self.key, **self.model_dump()}
        write_file(folder / "run.json", json.dumps(written, indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> RunSpec:
        """Read it from a run's folder.

        Raises:
            GanzooError: there is none, or it is of another schema.
        """
        path = folder / "run.json"
        try:
            data = json.loads(path.read_text())
            schema = data.pop("schema")
            data.pop("key")
            if schema != SCHEMA:
                raise GanzooError(f"{path} is of schema {schema}, and this version reads {SCHEMA}")
            return cls.model_validate({**_EARLIER, **data})
        except FileNotFoundError:
            raise GanzooError(
                f"{folder} is no run: it holds no run.json; give a folder such as runs/.../dcgan/seed0"
            ) from None
        except ValidationError as error:
            raise GanzooError("\n".join(validation_errors(error, cls, Source(str(path))))) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise GanzooError(f"{path} cannot be read: {error}") from error
