"""The reference of the files that a bench writes, from their committed JSON schemas."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .markdown import code, prose, table
from .page import link, page

PATH = "docs/reference/written-files.md"
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
    """Give the page: each file with its keys, then the objects that stand in them."""
    parts = [
        "Each is JSON, and `metrics.jsonl` a JSON object a line. A key that is not required may be missing; one that "
        "is not here, of another version, is read over and kept."
    ]
    nested: dict[str, Schema] = {}
    for path in sorted((root / FOLDER).glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        nested |= schema.get("$defs", {})
        file = path.relative_to(root).as_posix()
        parts += [f"## {schema['title']}", *keys_of(schema), f"Schema: {link(code(path.name), file, PATH)}."]
    parts.append("## Objects in them")
    for name in sorted(nested):
        parts += [f"### {name}", *keys_of(nested[name])]
    return page("Files that a bench writes", parts)


def keys_of(schema: Schema) -> Iterator[str]:
    """Give the description of an object and the table of its keys; of several kinds of objects, the kinds."""
    if "description" in schema:
        yield prose(schema["description"])
    if "oneOf" in schema:
        yield f"A row of a run's record, each of them {type_of(schema)}."
    required = schema.get("required", ())
    rows = [
        (code(key), type_of(value), "yes" if key in required else "no", prose(value.get("description", "")))
        for key, value in schema.get("properties", {}).items()
    ]
    if rows:
        yield table(("key", "type", "required", "meaning"), rows)


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
