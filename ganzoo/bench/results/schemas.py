"""JSON schemas of what a bench writes down and of what commands print, generated from the models of both.

python -m ganzoo.bench.results.schemas FOLDER            # write them
python -m ganzoo.bench.results.schemas FOLDER --check    # change nothing; exit code 1 if one is stale
"""

import argparse
import inspect
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from ...storage.atomic import write_file
from .bench_files.bench_results import BenchResults, BenchTerms
from .bench_files.evaluation import EVALUATION, Evaluation
from .bench_files.speedrun_file import SPEEDRUN, SpeedrunTry, TracksListed
from .bench_files.suite_file import SuiteFile
from .printed.checks import Audited, Checked, Scored, SelfTested
from .printed.data_shown import DataShown, RowsShown
from .printed.doctor import Examined
from .printed.profile import Profiled
from .printed.tables import Compared, Reported
from .printed.watch import Watched
from .printed.zoo import Listed, PluginsListed, Shown
from .run_files.environment import Environment
from .run_files.history import HistoryLine
from .run_files.record import ROW
from .run_files.result import RunResult
from .written import Written

_ATTRIBUTE = re.compile(r"^    (\w+): (.+(?:\n {8}.+)*)", re.MULTILINE)

MODELS: dict[str, TypeAdapter[Any]] = {
    "bench.json": TypeAdapter(BenchTerms),
    "environment.json": TypeAdapter(Environment),
    EVALUATION: TypeAdapter(Evaluation),
    "history.jsonl": TypeAdapter(HistoryLine),
    "metrics.jsonl": ROW,
    "result.json": TypeAdapter(RunResult),
    "results.json": TypeAdapter(BenchResults),
    SPEEDRUN: TypeAdapter(SpeedrunTry),
    "suite.json": TypeAdapter(SuiteFile),
}
"""The model of each file by the file's name; of ``history.jsonl`` and ``metrics.jsonl`` it is that of a line."""

PRINTED: dict[str, TypeAdapter[Any]] = {
    "ganzoo audit --json": TypeAdapter(Audited),
    "ganzoo check --json": TypeAdapter(Checked),
    "ganzoo compare --json": TypeAdapter(Compared),
    "ganzoo data show --json": TypeAdapter(DataShown | RowsShown),
    "ganzoo doctor --json": TypeAdapter(Examined),
    "ganzoo eval RUN --json": TypeAdapter(Scored),
    "ganzoo list --json": TypeAdapter(Listed),
    "ganzoo plugins --json": TypeAdapter(PluginsListed),
    "ganzoo profile --json": TypeAdapter(Profiled),
    "ganzoo report --json": TypeAdapter(Reported),
    "ganzoo selftest --json": TypeAdapter(SelfTested),
    "ganzoo show --json": TypeAdapter(Shown),
    "ganzoo speedrun --json": TypeAdapter(TracksListed),
    "ganzoo watch --json": TypeAdapter(Watched),
}
"""The model of what each command prints with ``--json``, where that is no file of ``MODELS``."""


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON schema of a file, or of what a command prints, after draft 2020-12.

    Args:
        name: one of ``MODELS`` or of ``PRINTED``.
    """
    schema = (MODELS | PRINTED)[name].json_schema(by_alias=True, schema_generator=_Untitled)
    models = _models(Written)
    for part in (schema, *schema.get("$defs", {}).values()):
        if (model := models.get(part.get("title", ""))) is not None:
            _describe(part, model)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": name}


class _Untitled(GenerateJsonSchema):
    """Gives properties no titles: they would be their names once more."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Give none of them one."""
        return False


def _models(model: type[Written]) -> dict[str, type[Written]]:
    found: dict[str, type[Written]] = {}
    for below in model.__subclasses__():
        found |= {below.model_config.get("title") or below.__name__: below, **_models(below)}
    return found


def _describe(schema: dict[str, Any], model: type[Written]) -> None:
    """Put the sentence of a model and those of its attributes, which its docstring has, where a schema has them."""
    schema["description"] = inspect.cleandoc(model.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    for kind in model.__mro__:
        for name, text in _ATTRIBUTE.findall(inspect.cleandoc(kind.__doc__ or "")):
            field = model.model_fields.get(name)
            described = schema["properties"].get(field.alias or name) if field is not None else None
            if described is not None:
                described.setdefault("description", re.sub(r"\s+", " ", text))


def schema_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the path and the text of each schema.

    It is ``results.schema.json`` for ``results.json``, and ``data-show.schema.json`` for ``ganzoo data show --json``.
    """
    for name in (*MODELS, *PRINTED):
        stem = "-".join(name.lower().split()[1:-1]) if name in PRINTED else name.partition(".")[0]
        yield folder / f"{stem}.schema.json", json.dumps(schema_of(name), indent=2) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the schemas, or check that they are as they would be written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where they lie, such as docs/reference/schemas")
    parser.add_argument("--check", action="store_true", help="write nothing, and exit with 1 if one is stale")
    chosen = parser.parse_args(arguments)
    for path, text in schema_files(chosen.folder):
        if not chosen.check:
            write_file(path, text)
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            print(f"{path} is stale; run python -m ganzoo.bench.results.schemas {chosen.folder}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
