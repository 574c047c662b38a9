"""What one run is: everything its process needs to know, and the key under which its result is recognised."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import GanzooError
from ...recipes.recipe import Recipe
from ...storage.atomic import write_file
from .budget import Budget

SCHEMA = 1
GIVEN_WEIGHTS = "given-weights"  # the kind under which a cache elsewhere has the weights that the user named
LISTS = ("metrics", "examinations", "trackers", "devices")
TEXTS = ("title", "year", "paper", "summary", "departs")  # what is said of a recipe, not what it is


@dataclass(frozen=True)
class RunSpec:
    """One recipe with one seed.

    Attributes:
        recipe: as resolved, with variants and overrides in place.
        samples: how many images an evaluation generates.
        evaluations: how many there are, evenly spread over the budget; the last one is the result.
        metrics: names of metrics; empty with no extractor.
        extractor: name of the extractor; None trains without numbers.
        weights: file of the extractor's weights that the user named.
        identity: what makes a number of this extractor comparable with another.
        flips: mirror real images at random; None leaves it to the recipe.
        device: ``cpu`` or ``cuda:N``.
        threads: of torch on the CPU.
        checkpoint_seconds: between two checkpoints.
        source: what was asked for as data, to read it anew when the cache no longer holds it.
        third_party: whether plugins of others may be loaded.
        precision: see ``ganzoo.backend.precision``.
        compiled: whether ``torch.compile`` makes the networks.
        autotuned: whether cuDNN chooses its algorithms by trial.
        replicates: half-samples that a number's spread over the samples is taken from; 0 for no spreads.
        examinations: what the generator is examined for at the end, beside its numbers.
        keeps_best: whether the best evaluation's generator is judged again at the end, with fresh noise.
        trackers: names of those that are told how it goes.
        ranks: processes that play the run together, each its share of every batch.
        devices: theirs, the first one's first; empty for the CPU, or for the first GPUs that there are.
    """

    recipe: dict[str, Any]
    seed: int
    images: dict[str, Any]
    budget: dict[str, float]
    samples: int
    evaluations: int
    metrics: tuple[str, ...]
    extractor: str | None
    weights: str | None
    identity: dict[str, Any]
    flips: bool | None
    device: str
    threads: int
    checkpoint_seconds: float
    source: dict[str, Any]
    third_party: bool = True
    precision: str = "fp32"
    compiled: bool = False
    autotuned: bool = False
    replicates: int = 0
    examinations: tuple[str, ...] = ()
    keeps_best: bool = False
    trackers: tuple[str, ...] = ()
    ranks: int = 1
    devices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The recipe's name, as written on the command line."""
        return self.recipe["name"]

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
            "evaluations": self.evaluations,
            "metrics": list(self.metrics),
            "identity": self.identity,
            "flips": self.flips,
            "device": self.device.partition(":")[0],
            "precision": self.precision,
            "compiled": self.compiled,
            "replicates": self.replicates,
            "examinations": list(self.examinations),
            "keeps_best": self.keeps_best,
        }
        if self.autotuned:  # which decides how sums are rounded; runs of before it was there keep their key
            decisive["autotuned"] = True
        if self.plays_locally:
            decisive["ranks"] = self.ranks
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    @property
    def plays_locally(self) -> bool:
        """Whether batch statistics are those of a rank's share, so that the game depends on how many ranks there are.

        Else ranks play the game of one, and may go on with what another number of them left.
        """
        return self.ranks > 1 and self.recipe.get("schedule", {}).get("batch_stats") == "local"

    def resolved_recipe(self) -> Recipe:
        """The recipe."""
        return Recipe.from_dict(self.recipe)

    def resolved_budget(self) -> Budget:
        """The budget."""
        return Budget.from_json(self.budget)

    def write(self, folder: Path) -> None:
        """Put it into the run's folder."""
        write_file(
            folder / "run.json", json.dumps({"schema": SCHEMA, "key": self.key, **asdict(self)}, indent=2) + "\n"
        )

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
            lists = {name: tuple(data[name]) for name in LISTS if name in data}
            return cls(**{**data, **lists})
        except FileNotFoundError:
            raise GanzooError(
                f"{folder} is no run: it holds no run.json; give a folder such as runs/.../dcgan/seed0"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GanzooError(f"{path} cannot be read: {error}") from error
