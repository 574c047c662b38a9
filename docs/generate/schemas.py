"""The reference of the files that a bench writes and of what commands print, from their committed JSON schemas."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .markdown import code, prose, table
from .page import link, page

PATH = "docs/reference/written-files.md"
PRINTED = "docs/reference/json.md"
FOLDER = "docs/reference/schemas"
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "mapping",
    "array": "list",
}

Schema = Mapping[str, Any]


def schemas_page(root: Path) -> str:
    """Give the page of files: each with its keys, then the objects that stand in them."""
    begin = (
        "Each is JSON, and `history.jsonl` and `metrics.jsonl` a JSON object a line. A key that is not required may be "
        "missing; one that is not here, of another version, is read over and kept."
    )
    return page(
        "Files that a bench writes", [begin, *_told(_schemas(root, printed=False), PATH, _objects(root, False))]
    )


def printed_page(root: Path) -> str:
    """Give the page of what commands print with ``--json``; objects of files are linked to, on the page of these."""
    files = link("files that a bench writes", PATH, PRINTED)
    begin = (
        "A command prints one JSON object on stdout, and messages on stderr. `ganzoo bench --json` prints "
        f"`results.json`, and `ganzoo eval --json` of two sets `evaluation.json`: see {files}. Later versions may add "
        "keys, so read over those that you do not know."
    )
    known = _objects(root, printed=False)
    objects = {name: told for name, told in _objects(root, printed=True).items() if name not in known}
    text = page("JSON that commands print", [begin, *_told(_schemas(root, printed=True), PRINTED, objects)])
    elsewhere = {name.lower() for name in known}
    file = PATH.rpartition("/")[2]
    return re.sub(r"\]\(#(\w+)\)", lambda m: f"]({file}#{m[1]})" if m[1] in elsewhere else m[0], text)


def _schemas(root: Path, printed: bool) -> dict[str, Schema]:
    """Give the schemas by path from the root, of files or of what commands print."""
    read = {
        path.relative_to(root).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((root / FOLDER).glob("*.schema.json"))
    }
    return {path: schema for path, schema in read.items() if schema["title"].startswith("ganzoo ") == printed}


def _objects(root: Path, printed: bool) -> dict[str, Schema]:
    """Give the objects that stand in these, by name."""
    return {name: told for schema in _schemas(root, printed).values() for name, told in schema.get("$defs", {}).items()}


def _told(schemas: Mapping[str, Schema], place: str, objects: Mapping[str, Schema]) -> Iterator[str]:
    """Give the sections of a page: the schemas, and the objects in them."""
    for file, schema in schemas.items():
        yield f"## {schema['title']}"
        yield from keys_of(schema)
        yield f"Schema: {link(code(file.rpartition('/')[2]), file, place)}."
    yield "## Objects in them"
    for name in sorted(objects):
        yield f"### {name}"
        yield from keys_of(objects[name])


def keys_of(schema: Schema) -> Iterator[str]:
    """Give the description of an object and the table of its keys; of several kinds of objects, the kinds."""
    if "description" in schema:
        yield _said(schema)
    if "oneOf" in schema:
        yield f"A row of a run's record, each of them {type_of(schema)}."
    elif "anyOf" in schema:
        yield f"It is {type_of(schema)}."
    required = schema.get("required", ())
    rows = [
        (code(key), type_of(value), "yes" if key in required else "no", _said(value))
        for key, value in schema.get("properties", {}).items()
    ]
    if rows:
        yield table(("key", "type", "required", "meaning"), rows)


def _said(schema: Schema) -> str:
    """Give the description, which calls null as JSON does."""
    return prose(re.sub(r"\bNone\b", "null", schema.get("description", "")))


def type_of(schema: Schema) -> str:
    """Say in words what a value must be."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    if "enum" in schema:
        return " or ".join(code(str(value)) for value in schema["enum"])
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(map(type_of, several)))
    words = _WORDS.get(schema.get("type", ""), "any value")
    for key, joint in (("items", "of"), ("additionalProperties", "to")):
        if isinstance(schema.get(key), Mapping) and schema[key]:
            return f"{words} {joint} {_several(type_of(schema[key]))}"
    return words


def _several(words: str) -> str:
    if " or " in words:
        return f"({words})"
    return f"{words}s" if words in ("text", "whole number", "number", "mapping", "list") else words
