"""Result of ``ganzoo eval``: two sets of images compared. Does not import torch."""

from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from ....text import printable, word_of
from ..formats import NONE, short
from ..notebook_table import html_text, notebook_table
from ..run_files.result import ClassNumber
from ..written import SCHEMA, Number, Written

EVALUATION = "evaluation.json"
_TITLES = ("metric", "value", "floor", "of")


class EvaluatedSet(Written):
    """One of the two sets.

    Attributes:
        kind: folder, archive, npz, data set, run, model, tensor or statistics.
        name: of the set, for tables.
        source: where it came from, in words.
        n: how many images; null where statistics do not say.
        hash: sha256 over types, shapes and pixels in their order, of a named data set that of its contents; null where
            statistics do not say.
        sizes: sizes and how many images have each, in words.
        described: number and shape of data of another modality than images and points, in words; else empty.
        left_out: sentences on what was not read.
        notes: sentences on how it was read, and on what could not be checked.
    """

    kind: str
    name: str
    source: str
    n: int | None = None
    hash: str | None = None
    sizes: str = ""
    described: str = ""
    left_out: list[str] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)

    @property
    def told(self) -> str:
        """Its source, number and sizes, for people."""
        if self.n is None:
            return self.source
        if self.described:
            return f"{self.source}, {self.described}"
        things = (
            self.sizes if self.sizes.startswith("points") else f"images of {self.sizes}" if self.sizes else "images"
        )
        return f"{self.source}, {self.n:,} {things}"


class EvaluatedMetric(Written):
    """A metric of the generated set against the real one.

    Attributes:
        label: its title, such as ``FID``.
        better: which end is the good one.
        value: the number.
        spread: its standard error over the generated samples; null where half of them are too few.
        floor: the metric between two random halves of the real images; null where they are too few.
        real: the metric of the real images against themselves; null likewise.
        states: what a reader must know of it, such as the number of subsets.
        by_class: the numbers of single classes behind one that takes each class by itself, by class.
    """

    label: str
    better: Literal["lower", "higher"]
    value: Number
    spread: Number | None = None
    floor: Number | None = None
    real: Number | None = None
    states: str = ""
    by_class: dict[str, ClassNumber] = Field(default_factory=dict)

    @property
    def worst_class(self) -> str | None:
        """The class with the worst number; None without numbers of classes."""
        sign = 1 if self.better == "lower" else -1
        return max(self.by_class, key=lambda name: sign * self.by_class[name].value, default=None)


class EvaluatedPair(Written):
    """A generated image and the real one nearest to it.

    Attributes:
        generated: the name of the generated image.
        real: the name of the real one.
        distance: Euclidean, in the space of the pairs.
        generated_place: which image of its set it is, from 0.
        real_place: likewise.
    """

    generated: str
    real: str
    distance: Number
    generated_place: int
    real_place: int


class EvaluatedPairs(Written):
    """The nearest real image of each generated one.

    Attributes:
        space: what was compared, in words.
        generated: how many generated images were looked at.
        real: how many real ones.
        copies: the share of generated images at distance 0 from a real one.
        median: of the distances to the nearest real image.
        median_real: the same of real images, each to its nearest other; null with a single one.
        nearest: the closest pairs, each real image once.
        farthest: the generated images that are farthest from all real ones, with the nearest of these.
    """

    space: str
    generated: int
    real: int
    copies: Number
    median: Number
    median_real: Number | None = None
    nearest: list[EvaluatedPair] = Field(default_factory=list)
    farthest: list[EvaluatedPair] = Field(default_factory=list)


class EvaluatedProgram(Written):
    """Numbers as another program would give them.

    Attributes:
        name: of the program.
        extractor: the title of the extractor that sees images as it does.
        generated: how many generated images it reads.
        real: how many real ones.
        metrics: by the metric's name.
        sees: how it reads and resizes images, in words.
    """

    name: str
    extractor: str
    generated: int | None = None
    real: int | None = None
    metrics: dict[str, Number]
    sees: str


class Evaluation(Written):
    """Numbers of generated images against real ones, with all that they depend on.

    Attributes:
        schema_version: of this object.
        generated: the generated set.
        real: the real one.
        programs: numbers as other programs would give them; the first is the one of ``metrics``.
        extractor: the extractor's title.
        identity: the extractor, its weights' sha256, its version, and each metric's settings.
        versions: of what the numbers were computed with.
        floor_n: how many images each of the two halves behind ``floor`` has.
        metrics: by the metric's registered name.
        pairs: nearest neighbours across the sets; null where they were not looked for.
        notes: what a reader must know.
    """

    model_config = ConfigDict(title="Evaluation of sets")  # a run's results have an Evaluation of their own
    about: ClassVar[str] = "evaluation"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    generated: EvaluatedSet
    real: EvaluatedSet
    programs: list[EvaluatedProgram] = Field(default_factory=list)
    extractor: str
    identity: dict[str, Any]
    versions: dict[str, Any]
    floor_n: int | None = None
    metrics: dict[str, EvaluatedMetric]
    pairs: EvaluatedPairs | None = None
    notes: list[str] = Field(default_factory=list)

    def __getitem__(self, metric: str) -> EvaluatedMetric:
        """Return a metric's numbers by its registered name.

        Raises:
            KeyError: it was not asked for; the words name those that were.
        """
        if metric not in self.metrics:
            raise KeyError(f"{metric!r} was not evaluated; there are: {', '.join(self.metrics)}")
        return self.metrics[metric]

    @property
    def rows(self) -> list[list[str]]:
        """The table's cells: metric, value with its spread, floor, what the number states."""
        return [
            [
                f"{one.label}{'' if self.generated.n is None else f'@{self.generated.n}'}",
                _with_spread(one),
                NONE if one.floor is None else short(one.floor),
                one.states,
            ]
            for one in self.metrics.values()
        ]

    @property
    def facts(self) -> list[str]:
        """Sentences on the sets, the extractor and the pairs."""
        weights = self.identity.get("sha256")
        told = f"{self.extractor}{f', weights {weights[:8]}' if weights else ''}"
        return [
            f"generated: {self.generated.told}",
            f"real: {self.real.told}",
            f"extractor: {told}",
            *self._told_of_numbers(),
            *self._told_of_classes(),
            *map(self._told_of_program, self.programs),
            *self.notes,
            *self._told_of_pairs(),
        ]

    def _told_of_numbers(self) -> list[str]:
        """Say what stands beside the values: their spread, and the floor."""
        said = []
        if any(metric.spread is not None for metric in self.metrics.values()):
            said.append("±: standard error of the number over the generated samples")
        if self.floor_n is not None:
            fid = self.metrics.get("fid")
            falls = "" if fid is None else f"; {fid.label} falls as either set grows, so larger sets may lie below"
            things = word_of(self.real.described) if self.real.described else "images"
            said.append(f"floor: two halves of the real set, {self.floor_n:,} {things} each{falls}")
        return said

    def _told_of_classes(self) -> list[str]:
        """Name the worst class of each metric that has numbers of classes."""
        said = []
        for metric in self.metrics.values():
            if (name := metric.worst_class) is None:
                continue
            worst = metric.by_class[name]
            floor = "" if worst.floor is None else f", floor {short(worst.floor)}"
            said.append(
                f"{metric.label}: worst class {printable(name)} ({short(worst.value)}{floor}; {worst.generated:,} "
                f"generated and {worst.real:,} real), of {len(metric.by_class):,}"
            )
        return said

    def _told_of_program(self, program: EvaluatedProgram) -> str:
        """Return its numbers, by how much they differ from the first program's, and how it sees images."""
        first = self.programs[0]
        numbers = []
        for key, value in program.metrics.items():
            gap = "" if program is first else f" ({value - first.metrics[key]:+.3g})"
            numbers.append(f"{self.metrics[key].label.partition('[')[0]} {value:.6g}{gap}")
        counts = (
            ""
            if program.generated == first.generated and program.real == first.real
            else (f"; of {program.generated} generated and {program.real} real images")
        )
        return f"as {program.name}: {', '.join(numbers)}{counts}; {program.sees}"

    def _told_of_pairs(self) -> list[str]:
        if self.pairs is None:
            return []
        real = "" if self.pairs.median_real is None else f" (real to real {short(self.pairs.median_real)})"
        copies = round(self.pairs.copies * self.pairs.generated)
        return [
            f"nearest real image by {self.pairs.space}: median distance {short(self.pairs.median)}{real}, "
            f"{copies:,} of {self.pairs.generated:,} generated images are copies"
        ]

    def to_markdown(self) -> str:
        """Return the table in Markdown, with the facts below."""
        lines = [_TITLES, [":---", "---:", "---:", ":---"], *self.rows]
        text = "\n".join(f"| {' | '.join(_escaped(cell) for cell in line)} |" for line in lines)
        return text + "\n\n" + "\n".join(f"- {_escaped(fact)}" for fact in self.facts) + "\n"

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        facts = "".join(f"<li>{html_text(fact)}</li>" for fact in self.facts)
        return f"{notebook_table(_TITLES, self.rows)}<ul>{facts}</ul>"


def _with_spread(metric: EvaluatedMetric) -> str:
    return short(metric.value) + (f" ± {short(metric.spread)}" if metric.spread is not None else "")


def _escaped(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
