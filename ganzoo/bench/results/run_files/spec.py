"""The specification of a run: all that its process reads, and the key under which its result is recognised."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError

from .... import __version__
from ....errors import DataError
from ....recipes.recipe import Recipe
from ....recipes.schema.validation import Source, validation_errors
from ....storage.atomic import write_file
from ..stored import read_plain
from ..terms.budget import Budget
from ..terms.setting import settings_of
from ..terms.worker_settings import WorkerSettings
from .spec_parts import BudgetData, IdentityData, Images, RecipeData, SourceData

if TYPE_CHECKING:
    from ....registry.discovery import Zoo
    from ....registry.sources.installed import Found

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
        images: the data, see ``DataSet.to_json``.
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
        revisions: those above 1 of the parts that the recipe names, see ``ganzoo.recipes.provenance.revisions``.
        origins: of those that third parties register, see ``ganzoo.recipes.provenance.origins``.
        plugins: names of the third parties' plugins that it uses, the only ones that its process loads; None for a run
            of before this was written, whose process loads all.
        files: sources of the plugins of one file that it uses, by the file's name.
    """

    recipe: RecipeData
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    images: Images
    budget: BudgetData
    samples: Annotated[int, Field(ge=0, lt=2**31)]
    metrics: tuple[str, ...]
    extractor: str | None
    weights: str | None
    identity: IdentityData
    device: str
    threads: Annotated[int, Field(ge=1, lt=2**16)]
    source: SourceData
    precision: str
    ranks: Annotated[int, Field(ge=1, lt=2**16)] = 1
    devices: tuple[str, ...] = ()
    revisions: dict[str, int] = Field(default_factory=dict)
    origins: dict[str, str] = Field(default_factory=dict)
    plugins: tuple[str, ...] | None = None
    files: dict[str, str] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """The recipe's name, as written on the command line."""
        return str(self.recipe["name"])

    @property
    def key(self) -> str:
        """Sha256 of all that the result depends on; not of where or how fast it is run."""
        return hashlib.sha256(json.dumps(self.decisive, sort_keys=True).encode()).hexdigest()

    @property
    def decisive(self) -> dict[str, Any]:
        """All that the result depends on, as plain data."""
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
        if self.origins:
            decisive["origins"] = self.origins
        return decisive

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

    @property
    def beside_recipe(self) -> list[tuple[str, str | None]]:
        """Data, their modality, extractor, metrics and trackers of the run, by kind and name."""
        many = [("metric", self.metrics), ("tracker", self.trackers)]
        one = [("dataset", str(self.source.get("dataset"))), ("extractor", self.extractor)]
        if "modality" in self.images:  # which a run of images or points, of version 1, does not name
            one.append(("modality", str(self.images["modality"]["name"])))
        return [*one, *((kind, name) for kind, names in many for name in names)]

    def load_zoo(self) -> Zoo:
        """Load the bundled plugins and those that the run uses, its files included: for who plays the run.

        Raises:
            PluginError: one of them fails, and ``GANZOO_STRICT_PLUGINS`` is set.
        """
        from ....registry.discovery import load_zoo

        return load_zoo(third_party=self.third_party, only=self.plugins, files=self.plugin_files)

    def load_packages(self) -> Zoo:
        """Load the bundled plugins and the installed ones that the run uses, for ``zoo_with_files``."""
        from ....registry.discovery import load_zoo

        installed = None if self.plugins is None else [name for name in self.plugins if name not in self.files]
        return load_zoo(third_party=self.third_party, only=installed)

    @property
    def plugin_files(self) -> list[Found]:
        """The plugins of one file that it uses."""
        from ....registry.sources.files import from_source

        return [from_source(name, source) for name, source in self.files.items()]

    def zoo_with_files(self, zoo: Zoo) -> Zoo:
        """Return a zoo with the plugin files that the run was played with, where this machine has had them before.

        Code that came with somebody's run is not imported before its reader asks for it: a part of it is then told to
        lie in a file that ``--plugin`` has to name. Neither is a module of no installed package.

        Args:
            zoo: all parts.
        """
        from ....registry.run_files import with_files

        return with_files(zoo, self.plugin_files, self.plugins, self.origins)

    def write(self, folder: Path) -> None:
        """Put it into the run's folder."""
        written = {"schema": SCHEMA, "key": self.key, **self.model_dump()}
        write_file(folder / "run.json", json.dumps(written, indent=2) + "\n")
        for name, source in self.files.items():  # for people: the processes of the run read run.json
            write_file(folder / "plugins" / name, source)

    @classmethod
    def read(cls, folder: Path) -> RunSpec:
        """Read it from a run's folder.

        Raises:
            GanzooError: there is none, or it is of another schema.
        """
        path = folder / "run.json"
        absent = f"{folder} is no run: it holds no run.json; give a folder such as runs/.../dcgan/seed0"
        try:
            data = read_plain(path, absent)
        except DataError as error:
            if not isinstance(error.__cause__, ValueError):
                raise
            raise DataError(f"{error}; the command that made it, with --fresh, plays the run anew") from error
        if not isinstance(data, dict):
            raise DataError(f"{path} is no run: it holds no JSON object")
        schema = data.pop("schema", None)
        data.pop("key", None)
        if schema != SCHEMA or isinstance(schema, bool):
            raise DataError(f"{path} is of schema {schema!r:.40}, and this version reads {SCHEMA}")
        try:
            return cls.model_validate({**_EARLIER, **data})
        except ValidationError as error:
            raise DataError("\n".join(validation_errors(error, cls, Source(str(path))))) from error
