"""Docstrings in Google style, taken apart and written as Markdown."""

import inspect
import re
from dataclasses import dataclass, field

from .formulas import latex, spans
from .markdown import block, escaped, prose

BLOCKS = ("Args", "Attributes", "Raises", "Returns", "Yields")  # indented below their title
LINES = ("Source", "Departs")  # paragraphs that begin with their title
_TITLE = re.compile(rf"({'|'.join((*BLOCKS, *LINES))}):(?:\s+(.*))?")
_ITEM = re.compile(r"(\*{0,2}[\w.`]+(?:, [\w.`]+)*):(?:\s+(.*))?")


@dataclass(frozen=True)
class Docstring:
    """A docstring's parts.

    Attributes:
        text: everything before the first section.
        sections: the content of each section by its title, dedented.
    """

    text: str = ""
    sections: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The first paragraph, on one line."""
        return " ".join(self.text.partition("\n\n")[0].split())

    @property
    def rest(self) -> str:
        """Everything between the first paragraph and the sections."""
        return self.text.partition("\n\n")[2]

    def items(self, section: str) -> dict[str, str]:
        """List the ``name: meaning`` pairs of a section, such as ``Args``."""
        found: dict[str, str] = {}
        name = ""
        for line in self.sections.get(section, "").splitlines():
            if line[:1].strip() and (match := _ITEM.fullmatch(line)):
                name = match[1].strip("`*")
                found[name] = match[2] or ""
            elif name:
                found[name] = f"{found[name]} {line.strip()}".strip()
        return found


def docstring(thing: object) -> Docstring:
    """Give the parts of the docstring of a class, a function or a module; empty where there is none."""
    return parse(inspect.getdoc(thing) or "")


def parse(text: str) -> Docstring:
    """Take a dedented docstring apart."""
    parts: dict[str, list[str]] = {"": []}
    title = ""
    written = text.splitlines()
    for number, line in enumerate(written):
        if match := _TITLE.fullmatch(line):
            title = match[1]
            parts[title] = [match[2]] if match[2] else []
        elif title and line[:1].strip() and not written[number - 1].strip():
            title = ""  # text that goes on behind a section
            parts[""] += ["", line]
        else:
            parts[title].append(line)
    sections = {name: _content(name, lines) for name, lines in parts.items() if name}
    return Docstring("\n".join(parts[""]).strip(), sections)


def _content(title: str, lines: list[str]) -> str:
    """Join the lines of a section without their indent; that of text beside the title does not count."""
    text = "\n".join(lines)
    return inspect.cleandoc(f"\n{text}" if title in BLOCKS else text).strip()


def markdown(text: str) -> str:
    """Write the paragraphs, lists and indented examples of a docstring as Markdown."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines = paragraph.splitlines()
        if lines and all(line.startswith("    ") for line in lines):
            found = _with_example(found, inspect.cleandoc("\n" + paragraph))
        elif lines and lines[0].startswith("- "):
            items = re.split(r"\n(?=- )", paragraph)
            found.append("\n".join(f"- {mathematical(item[2:])}" for item in items))
        else:
            found.append(mathematical(paragraph.removesuffix(":") if paragraph.endswith("::") else paragraph))
    return "\n\n".join(found)


def mathematical(text: str) -> str:
    """Write a paragraph of a docstring on one line, its formulas in LaTeX."""
    return prose(text, _with_formulas)


def _with_formulas(text: str) -> str:
    found, end = [], 0
    for start, stop in spans(text):
        found += [escaped(text[end:start]), f"${latex(text[start:stop])}$"]
        end = stop
    return "".join([*found, escaped(text[end:])])


def _with_example(found: list[str], example: str) -> list[str]:
    """Append an indented example; the paragraphs of one example become one block."""
    if found and found[-1].startswith("```"):
        inner = found[-1].removeprefix("```text\n").removesuffix("\n```")
        return [*found[:-1], block("text", f"{inner}\n\n{example}")]
    return [*found, block("text", example)]
