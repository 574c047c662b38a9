"""The JSON that a command prints, held against its published schema."""

import json

import jsonschema
from pydantic import BaseModel
from repository import ROOT

from ganzoo.bench.results.schemas import PRINTED, schema_files

_FILES = [path for path, _ in schema_files(ROOT / "docs/reference/schemas")]
SCHEMAS = dict(zip(PRINTED, _FILES[-len(PRINTED) :], strict=True))


def read_printed(command, text):
    """The content, once it was held against the schema; no key of it is left untold.

    Args:
        command: as in the schema's title, such as ``ganzoo list --json``.
        text: that it printed on stdout.
    """
    content = json.loads(text)
    schema = json.loads(SCHEMAS[command].read_text(encoding="utf-8"))
    assert schema["title"] == command
    jsonschema.Draft202012Validator(schema).validate(content)
    assert list(untold(PRINTED[command].validate_json(text))) == []
    return content


def untold(value):
    """The keys that the models do not name."""
    if isinstance(value, BaseModel):
        yield from value.model_extra or ()
        value = list(dict(value).values())
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from untold(below)
