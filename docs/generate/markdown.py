"""Markdown that GitHub and MyST read alike: CommonMark, tables, code blocks."""

import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlsplit

NONE = "—"
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_ROLE = re.compile(r":[a-z]+:(?=`)")  # as in :meth:`name`
_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def escaped(text: str) -> str:
    """Escape a text without code, so that it is shown as it stands here."""
    text = text.replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;").replace("](", "\\](")
    for sign in "*~`$|":
        text = text.replace(sign, "\\" + sign)
    return _UNDERSCORE.sub(r"\\_", text)


def prose(text: str, write: Callable[[str], str] = escaped) -> str:
    """Escape a text with code between single or double backticks, and put it on one line.

    Args:
        text: one paragraph.
        write: makes Markdown of what is between the codes.
    """
    found, end = [], 0
    text = _ROLE.sub("", " ".join(text.split()))
    for match in _CODE.finditer(text):
        found += [write(text[end : match.start()]), code(match[2].strip())]
        end = match.end()
    return "".join([*found, write(text[end:])])


def code(text: str) -> str:
    """Make a code span; a text that has backticks itself gets a longer fence."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    inner = f" {text} " if "`" in text else text
    return f"{fence}{inner}{fence}"


def block(language: str, text: str) -> str:
    """Make a fenced code block."""
    return f"```{language}\n{text.rstrip()}\n```"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Make a table of cells that are Markdown already; a bar within a cell is escaped here."""
    lines = [head, [":---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split())) or NONE


def paper(where: str) -> str:
    """Link to a paper, from an arXiv number or an address; a dash for none."""
    if where.startswith("arXiv:"):
        return f"[{where}](https://arxiv.org/abs/{where.removeprefix('arXiv:')})"
    if where.startswith("https://"):
        return f"[{(urlsplit(where).hostname or where).removeprefix('www.')}]({where})"
    return escaped(where) or NONE


def sentence(summary: str) -> str:
    """Make a sentence of a registered one-line summary."""
    text = summary.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) or not text else ".")


def joined(parts: Iterable[str]) -> str:
    """Join parts, each a paragraph, a table or a block, and leave empty ones out."""
    return "\n\n".join(part.rstrip() for part in parts if part.strip()) + "\n"
