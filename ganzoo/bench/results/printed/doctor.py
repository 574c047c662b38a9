"""The JSON of ``ganzoo doctor``."""

from typing import ClassVar, Literal

from pydantic import Field

from ..written import SCHEMA, Number, Written
from .zoo import Kind


class FindingTold(Written):
    """The outcome of looking at one thing of the machine.

    Attributes:
        area: that the thing belongs to.
        name: of the thing, such as ``torch``, ``cuda:0`` or ``inception``.
        state: ``ok``; ``note`` for what works, or need not, and can be bettered; ``problem`` for what fails.
        told: what was seen.
        remedy: what to do about it; empty where there is nothing to do.
    """

    area: Literal["software", "devices", "cache", "weights", "data"]
    name: str
    state: Literal["ok", "note", "problem"]
    told: str
    remedy: str


class PartImported(Written):
    """The outcome of importing a part.

    Attributes:
        kind: of the part, in the singular.
        name: the part's.
        seconds: that the import took.
        problem: why it cannot be imported; empty where it can.
        changes: of the state of the process.
    """

    kind: Kind
    name: str
    seconds: Number
    problem: str
    changes: list[str]


class PluginExamined(Written):
    """The outcome of looking at a plugin in a process of its own.

    Attributes:
        name: of its entry point, or of its file.
        distribution: the installed package that it comes from; empty of a file.
        version: of the distribution.
        seconds: that its import and its hooks took; null where they never ended.
        problems: a sentence for each thing that is wrong.
        changes: sentences on what an import changes of the state of its process.
        parts: the outcomes of importing its parts; none of a bundled plugin that is not named.
    """

    name: str
    distribution: str
    version: str
    seconds: Number | None
    problems: list[str]
    changes: list[str]
    parts: list[PartImported]


class Examined(Written):
    """The examination of a machine and of the installed plugins.

    Attributes:
        schema_version: of this object.
        ok: no finding is a problem, and no plugin has problems or changes.
        findings: on the machine; none where plugins are named.
        plugins: those that were looked at.
    """

    about: ClassVar[str] = "examination"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    ok: bool
    findings: list[FindingTold]
    plugins: list[PluginExamined]
