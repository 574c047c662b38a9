"""The JSON of ``ganzoo check``, ``ganzoo audit``, ``ganzoo selftest`` and ``ganzoo eval`` of a run."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from ..bench_files.bench_results import MetricHeading
from ..written import SCHEMA, Number, Written


class CheckFinding(Written):
    """The outcome of one check.

    Attributes:
        kind: of the part, such as ``loss``; or ``plugin``.
        name: the part's.
        check: that was made, in a word.
        ok: it passed.
        detail: one sentence on what is wrong; of a check that passed, what was seen, or nothing.
    """

    kind: str
    name: str
    check: str
    ok: bool
    detail: str


class Checked(Written):
    """The checks of a plugin's parts against their interfaces.

    Attributes:
        schema_version: of this object.
        plugin: as it was asked for.
        ok: all checks passed.
        findings: in the order of the checks.
    """

    about: ClassVar[str] = "report of checks"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    plugin: str
    ok: bool
    findings: list[CheckFinding]


class AuditCheck(Written):
    """One check of a run.

    Attributes:
        check: ``result``, ``bench``, ``key``, ``record``, ``state``, ``numbers`` or ``evaluation``.
        held: null where it could not be made.
        said: what was found, in one phrase.
    """

    check: str
    held: bool | None
    said: str


class AuditedRun(Written):
    """The checks of a run.

    Attributes:
        run: its folder.
        recipe: its name; that of the folder where no file tells.
        seed: null where no file tells.
        status: how the run ended, as it says; null where it has not.
        verdict: on all of the checks.
        checks: in the order in which they were made.
        metrics: the numbers of the generator as it was evaluated again; empty where it was not.
    """

    run: str
    recipe: str
    seed: int | None
    status: str | None
    verdict: Literal["holds", "holds in part", "does not hold", "not ended"]
    checks: list[AuditCheck]
    metrics: dict[str, Number]


class Audited(Written):
    """The audit of the runs in a folder.

    Attributes:
        schema_version: of this object.
        folder: as it was asked for.
        runs: in the order of their folders.
    """

    about: ClassVar[str] = "audit"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    folder: str
    runs: list[AuditedRun]


class SelfTest(Written):
    """One test of the machine.

    Attributes:
        name: the test's.
        ok: it passed.
        text: what was found and what it must be; of a test that could not be made, why.
        seconds: that it took.
        figures: the numbers in the text, by name.
    """

    name: str
    ok: bool
    text: str
    seconds: Number
    figures: dict[str, Number]


class SelfTested(Written):
    """Numbers whose right value is known, as they came out here.

    Attributes:
        schema_version: of this object.
        device: that the tests were played on.
        ok: all passed.
        seconds: that they took.
        tests: in order.
    """

    about: ClassVar[str] = "selftest"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    device: str
    ok: bool
    seconds: Number
    tests: list[SelfTest]


class Scored(Written):
    """The metrics of a run, computed again.

    Attributes:
        schema_version: of this object.
        run: its folder.
        recipe: variants included.
        seed: the run's.
        step: of the checkpoint that was evaluated.
        kimg: thousand real images shown to D until then.
        samples: how many were generated.
        columns: the metrics, in order.
        identity: what the numbers depend on beside the generator: extractor, weights, settings.
        metrics: the numbers by key.
    """

    about: ClassVar[str] = "evaluation of a run"

    schema_version: int = Field(default=SCHEMA, alias="schema")
    run: str
    recipe: str
    seed: int
    step: int
    kimg: Number
    samples: int
    columns: list[MetricHeading]
    identity: dict[str, Any]
    metrics: dict[str, Number]
