"""The JSON of ``ganzoo list``, ``ganzoo show`` and ``ganzoo plugins``."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from ..written import SCHEMA, Written

Kind = Literal[
    "generator",
    "discriminator",
    "loss",
    "regularizer",
    "recipe",
    "dataset",
    "extractor",
    "metric",
    "tracker",
    "executor",
    "modality",
]


class EntryTold(Written):
    """A registered name.

    Attributes:
        name: the entry's.
        summary: one line; empty without one.
        paper: where it was published, such as ``arXiv:1704.00028``; empty without one.
        plugin: that registers it.
        version: of the plugin.
        licence: of the plugin.
    """

    name: str
    summary: str
    paper: str
    plugin: str
    version: str
    licence: str


class RecipeTold(EntryTold):
    """A recipe in a list.

    Attributes:
        title: the method's name in print.
        year: of publication; null where the file does not say.
        conditional: the players see labels; null of a file that cannot be read.
        modalities: of the data that offer what its players need, images first; null where their source does not say.
    """

    title: str
    year: int | None
    conditional: bool | None
    modalities: list[str] | None = None


class PartTold(EntryTold):
    """A part in a list.

    Attributes:
        target: its class, as ``module:Class``.
        params: parameters that the plugin fixes, by name.
        revision: of what it computes; above 1 where that changed under this name.
    """

    target: str
    params: dict[str, Any]
    revision: int


class Listed(Written):
    """The entries of one kind.

    Attributes:
        schema_version: of this object.
        kind: of the entries, in the singular.
        entries: those that were asked for, by name.
    """

    about: ClassVar[str] = "list of the zoo"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    kind: Kind
    entries: list[RecipeTold | PartTold]


class ParameterTold(Written):
    """A parameter of a part, as its source declares it.

    Attributes:
        name: under which a recipe gives it.
        type: its annotation; empty without one.
        default: its default as Python; null where it must be given.
        meaning: from the docstring; empty where that says nothing.
    """

    name: str
    type: str
    default: str | None
    meaning: str


class ValueTold(Written):
    """A plain value that a modality is made of.

    Attributes:
        name: of the value.
        type: its annotation.
        default: as source text; null where there is none.
    """

    name: str
    type: str
    default: str | None


class ModalityTold(Written):
    """A modality, as far as it is known without data.

    Attributes:
        samples: the word for its samples.
        offers: the keywords that parts are built with.
        extractor: that its numbers are taken with by default; empty where it names none.
        metrics: likewise.
        writes: endings of the files that it writes.
        fields: type and shape of each field of an example of its data, by name; ``N`` is the number of rows.
        values: that it is made of.
    """

    samples: str
    offers: list[str]
    extractor: str
    metrics: list[str]
    writes: list[str]
    fields: dict[str, str] = Field(default_factory=dict)
    values: list[ValueTold]


class PartShown(PartTold):
    """A part with what its source says of it; empty where the source cannot be read.

    Attributes:
        kind: of the part, in the singular.
        text: the definition: the docstring before its sections.
        computes: the first sentence of each method that the game calls, by the method's name.
        parameters: those that a recipe may give.
        source: the paper's place, or the code's, that it is made after.
        departs: where it differs from its source.
        modality: of a modality, what it is without data; null for others.
    """

    kind: Kind
    text: str
    computes: dict[str, str]
    parameters: list[ParameterTold]
    source: str
    departs: str
    modality: ModalityTold | None = None


class PlayerTold(Written):
    """A network as it was built.

    Attributes:
        name: of the part.
        parameters: how many numbers training moves.
        takes: shape of one sample that it takes, without the batch; empty where that is several tensors.
        gives: shape of each thing that it gives for one sample, by its name.
        changed_by: the terms that changed its layers when they were prepared.
        named: shapes of the tensors of a sample that it takes, by name, where there are several.
    """

    name: str
    parameters: int
    takes: list[int]
    gives: dict[str, list[int]]
    changed_by: list[str]
    named: dict[str, list[int]] = Field(default_factory=dict)


class SayTold(Written):
    """Something that a term does in a player's turn.

    Attributes:
        term: as in ``loss hinge`` or ``regularizer r1``.
        does: ``descends``, what is added to the player's loss; ``recasts``, other values in the turn; ``shows``, other
            images to D; ``alters``, other gradients before the optimizer's step; ``follows``, an act after it.
        reads: what of the turn it looks at, such as ``real``, ``D(fake).logits`` or ``D(others).logits``, a verdict on
            images of its own making.
        replaces: what of the turn is another afterwards.
        moves: the players whose weights it changes, ``D`` or ``G``.
        remembers: it keeps something for later turns.
        factor: of a penalty; null where it changes over the run, and of all that is no penalty.
        every: a penalty is taken once in so many turns of its player, so many times as strong.
        derivative: it differentiates what a network gives.
    """

    term: str
    does: Literal["descends", "recasts", "shows", "alters", "follows"]
    reads: list[str]
    replaces: list[str]
    moves: list[str]
    remembers: bool
    factor: float | None
    every: int
    derivative: bool


class GraphTold(Written):
    """A recipe's parts, built, and how they connect.

    Attributes:
        players: the networks, by ``G`` and ``D``.
        learned: numbers that terms learn and D's optimizer moves, by term.
        turns: what terms do in the turn of each player, by ``D`` and ``G``, in their order.
        silent: the terms that act when the parts are built, and in no turn.
    """

    players: dict[str, PlayerTold]
    learned: dict[str, int]
    turns: dict[str, list[SayTold]]
    silent: list[str]


class RecipeShown(Written):
    """A recipe, checked and complete.

    Attributes:
        name: as it was asked for.
        content: all of its keys with their values, as a recipe's file has them.
        parts: generator, discriminator, loss and regularizers, as a list of parts has them.
        changing: what changes over a run, in words, by dotted key.
        measured: lines on what was measured of it.
        published: lines on what its paper plays otherwise.
        graph: how its parts connect; null without ``--graph``.
    """

    name: str
    content: dict[str, Any]
    parts: list[PartTold]
    changing: dict[str, str]
    measured: list[str]
    published: list[str]
    graph: GraphTold | None


class Shown(Written):
    """A recipe, or the parts of a name.

    Attributes:
        schema_version: of this object.
        recipe: of that name; null where there is none, or ``--kind`` asks for a part.
        parts: of that name.
    """

    about: ClassVar[str] = "description of a name"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    recipe: RecipeShown | None
    parts: list[PartShown]


class NameTold(Written):
    """A name that a plugin registers.

    Attributes:
        kind: of the entry, in the singular.
        name: the entry's.
    """

    kind: Kind
    name: str


class PluginTold(Written):
    """A plugin in a list.

    Attributes:
        name: of its entry point, or of its file.
        distribution: the installed package that it comes from; empty of a file.
        version: of the distribution.
        bundled: it comes with ganzoo.
        status: ``ok``; ``failed``, or ``disabled`` by the user, and then nothing of it is registered.
        reason: why it failed; empty where it did not.
        changes: of the state of the process, by its import.
        hooks: that it implements.
        provides: the names that it registers.
    """

    name: str
    distribution: str
    version: str
    bundled: bool
    status: Literal["ok", "failed", "disabled"]
    reason: str
    changes: list[str]
    hooks: list[str]
    provides: list[NameTold]


class PluginsListed(Written):
    """All plugins that are installed or named.

    Attributes:
        schema_version: of this object.
        plugins: in the order in which they are loaded.
    """

    about: ClassVar[str] = "list of plugins"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    plugins: list[PluginTold]
