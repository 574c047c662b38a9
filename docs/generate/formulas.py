"""Formulas as docstrings write them, such as ``E[max(0, 1 - D(real))] / 2``, found in a text and written in LaTeX.

The LaTeX has no bar and no backslash before a sign, which tables and CommonMark would take for themselves.
"""

import operator
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"\s*(?P<name>[A-Za-z]+(?:_[A-Za-z]+)?'*)|\s*(?P<number>\d+(?:\.\d+)?)|\s*(?P<sign>\|\||[-+*/^()\[\],|])"
)
_START = re.compile(r"\bE(?=\[|\||\s[A-Za-z]\()|\|\|(?=[A-Za-z(])|(?<=[-+] )\|(?=[A-Za-z])")
_POWER = re.compile(r"\^\d")
_DIVISION = re.compile(r" / \d")
_BETWEEN = re.compile(r" [-+/] (?:\d+ |[a-z]+_[a-z]+ )?")
_BEFORE = re.compile(r"(?:(?<![\w)\]])-)?(?:\b(?:\d+|[a-z]+_[a-z]+) )?$")
_CLOSING = {"(": ")", "[": "]"}
_FUNCTIONS = {"cos", "exp", "log", "max", "min", "sum"}
_GREEK = {"alpha", "beta", "gamma", "delta", "epsilon", "lambda", "mu", "nu", "rho", "sigma", "theta", "Omega"}
_SYMBOLS = {"E": r"\mathbb{E}", "grad": r"\nabla", "o": r"\circ"}


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Find the formulas of a text: expectations and norms, with their signs, factors, powers and sums."""
    start = end = -1
    for match in _START.finditer(text):
        if match.start() < end:
            continue  # within the one before
        stop = _end(text, match.start())
        if stop is None:
            continue
        if start >= 0 and _BETWEEN.fullmatch(text, end, match.start()):
            end = stop
            continue
        if start >= 0:
            yield start, end
        before = _BEFORE.search(text[: match.start()])
        start, end = before.start() if before else match.start(), stop
    if start >= 0:
        yield start, end


def _end(text: str, start: int) -> int | None:
    """Find the end of one expectation or norm; None where it is not closed or holds more than formulas do."""
    at = start
    if text.startswith("E", start):
        at = start + 1
        if text[at] == " ":
            at += 2  # E f(x): a function's name before its bracket
    stop = _closed(text, at)
    if stop is None or _is_text(text[start:stop]):
        return None
    if power := _POWER.match(text, stop):
        stop = power.end()
    if division := _DIVISION.match(text, stop):
        stop = division.end()
    return stop


def _closed(text: str, start: int) -> int | None:
    """Find the end of a bracket or of a pair of bars."""
    if text[start] == "|":
        bars = "||" if text.startswith("||", start) else "|"
        found = text.find(bars, start + len(bars))
        return None if found < 0 else found + len(bars)
    depth: list[str] = []
    for at in range(start, len(text)):
        if text[at] in _CLOSING:
            depth.append(_CLOSING[text[at]])
        elif depth and text[at] == depth[-1]:
            depth.pop()
            if not depth:
                return at + 1
        elif text[at] in ")]":
            return None
    return None


def _is_text(part: str) -> bool:
    """Return True where a sign is none of a formula, or where two words follow each other, as in a sentence."""
    names = [match["name"] or "" for match in _TOKEN.finditer(part)]
    words = [len(name) > 1 and name not in _FUNCTIONS | _GREEK and not re.search("[_']", name) for name in names]
    return bool(_TOKEN.sub("", part).strip()) or any(map(operator.and_, words, words[1:]))


def latex(formula: str) -> str:
    """Write a formula in LaTeX."""
    found: list[str] = []
    inside = {"||": False, "|": False}
    tokens = list(_TOKEN.finditer(formula))
    for number, token in enumerate(tokens):
        after = tokens[number + 1][0] if number + 1 < len(tokens) else ""
        if token["name"]:
            found.append(_name(token["name"]))
        elif token["number"]:
            found.append(token["number"])
        elif token["sign"] == "|" and token[0].startswith(" ") and after.startswith(" "):
            found.append(r"\mid")
        elif token["sign"] in inside:
            side = "r" if inside[token["sign"]] else "l"
            inside[token["sign"]] = not inside[token["sign"]]
            found.append(rf"\{side}{'Vert' if token['sign'] == '||' else 'vert'}")
        elif token["sign"] == "*":
            found.append(r"^{\ast}" if after.startswith("(") else r"\cdot")
        else:
            found.append(token["sign"])
    return _spaced(found)


def _name(name: str) -> str:
    stem, primes = name.rstrip("'"), "'" * name.count("'")
    first, _, below = stem.partition("_")
    if stem in _FUNCTIONS or first in _GREEK:
        first = f"\\{first}"
    elif first in _SYMBOLS:
        first = _SYMBOLS[first]
    elif len(first) > 2:
        first = rf"\mathrm{{{first}}}"
    if below:
        first += f"_{below}" if len(below) == 1 else rf"_{{\mathrm{{{below}}}}}"
    return first + primes


def _spaced(tokens: list[str]) -> str:
    """Join tokens: a command needs a space before a letter, and the other spaces are for readers of the source."""
    text = ""
    for token in tokens:
        binary = token in ("+", "-", "/", r"\mid", r"\cdot") and text[-1:] not in ("", "(", "[", " ")
        apart = text[-1:].isalnum() or text[-1:] in ("}", "'")
        text += f" {token} " if binary else f" {token}" if apart and (token[0].isalpha() or token[0] == "\\") else token
        text += " " if token == "," else ""
    return re.sub(" +", " ", text).strip()
