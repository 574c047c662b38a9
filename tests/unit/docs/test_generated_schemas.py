"""The pages of written files and of printed objects have each key of each committed schema, with its type in words."""

import json

import pytest
from markdown_it import MarkdownIt
from repository import ROOT

from docs.generate.schemas import FOLDER, PATH, PRINTED, type_of


def told(page):
    """The keys of the tables of a page, by the heading above them."""
    found, heading, cells, inline = {}, "", [], False
    for token in MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text(encoding="utf-8")):
        if token.type in ("heading_open", "td_open"):
            inline = token.type
        elif token.type == "inline" and inline == "heading_open":
            heading = token.content
        elif token.type == "inline" and inline == "td_open":
            cells.append(token.content)
        elif token.type == "tr_close" and cells:
            found.setdefault(heading, {})[cells[0].strip("`")] = cells[1:]
            cells = []
        if token.type.endswith("_close"):
            inline = False
    return found


def test_every_key_of_every_schema_is_told():
    page, counted = told(PATH) | told(PRINTED), 0
    for path in (ROOT / FOLDER).glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        for name, described in {schema["title"]: schema, **schema.get("$defs", {})}.items():
            for key, value in described.get("properties", {}).items():
                _, required, meaning = page[name][key]
                assert (required == "yes") == (key in described.get("required", ()))
                assert len(meaning) > 2 or "const" in value, f"{name}: {key}"  # a constant says what it is
                counted += 1
    assert counted > 100


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "text"),
        ({"type": "array", "items": {"type": "integer"}}, "list of whole numbers"),
        ({"type": "array", "items": {"$ref": "#/$defs/Trial"}}, "list of [Trial](#trial)"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number or null"),
        (
            {"type": "object", "additionalProperties": {"anyOf": [{"type": "number"}, {"type": "null"}]}},
            "mapping to (number or null)",
        ),
        ({"type": "object", "additionalProperties": True}, "mapping"),
        ({"enum": ["done", "failed"], "type": "string"}, "`done` or `failed`"),
        ({"const": 1}, "`1`"),
        ({}, "any value"),
    ],
)
def test_types_are_said_in_words(schema, words):
    assert type_of(schema) == words
