"""One sentence on how a program ended, for a table: no paths of a machine, no traceback."""

import re
import signal
from pathlib import Path

from .child import Ended

LONGEST = 240
_READ = 60_000  # bytes of a log's end that are looked at
_FOLDERS = re.compile(r"(?<![\w:/.])/(?:[^\s/'\":,;()]+/)+")
_SAID = re.compile(r"^(?:[\w.]*(?:Error|Exception|Interrupt|Refused)\b.*|Error: .*|Fatal .*|E  +\S.*)$")
_ABSENT = re.compile(r"No module named '([\w.]+)'")
_STOPPED = "KeyboardInterrupt"


def without_folders(text: str) -> str:
    """Of each absolute path only the last part: the rest is of one machine."""
    return _FOLDERS.sub("", text)


def plain(text: str) -> str:
    """One line without the folders of this machine, not long."""
    line = without_folders(" ".join(text.split()))
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def last_words(log: Path) -> str:
    """Return what a log ends with: the last line that names an error, or else the last of all; empty where there is
    none.
    """
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _READ))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if _SAID.match(line) and not line.startswith(_STOPPED)]
    return plain((errors or lines or [""])[-1].removeprefix("Error: "))


def how(ended: Ended, log: Path) -> str:
    """Return how a program ended, if it did not end well; empty if it did."""
    if ended.error:
        return plain(f"it cannot be started: {ended.error}")
    if ended.cut == "time":
        return f"its {ended.seconds:.0f} seconds were up"
    if ended.cut == "interrupt":
        return "the command was stopped"
    if ended.code == 0:
        return ""
    said = last_words(log)
    if absent := _ABSENT.search(said):
        return f"the Python package {absent[1].partition('.')[0]} is not installed"
    return plain(f"{code_in_words(ended.code)}{': ' if said else ''}{said}")


def code_in_words(code: int | None) -> str:
    """``exit code 1``, ``ended by SIGSEGV``."""
    if code is not None and code < 0:
        try:
            return f"ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"ended by signal {-code}"
    return f"exit code {code}"
