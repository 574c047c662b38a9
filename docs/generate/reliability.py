"""The page of counts: attempts to lose, damage, or mislead, and how many held."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.reliability.record import FOLDER, Record, read_all

from .markdown import code, escaped, sentence, table
from .page import link, page

RELIABILITY = "docs/results/reliability.md"
COUNTS = "benchmarks/reliability/counts"


def reliability_page(root: Path) -> str:
    """Give the page, from what is committed below benchmarks/results/reliability."""
    found = read_all(root)
    intro = (
        "Each count makes attempts against a claim: it kills processes, damages files, fills disks, installs bad "
        "plugins, or feeds hostile input, and looks at what happens. An attempt holds if the claim is true of it. The "
        "tests make a small share of each. To make a count anew:"
    )
    command = "```sh\npython -m benchmarks.reliability --list\npython -m benchmarks.reliability kills --share 0.05\n```"
    if not found:
        return page("Reliability", [intro, command, "No counts are committed yet."])
    head = ("count", "claim", "held", "attempts", "share of a whole count")
    details = [text for record in found for text in _details(record)]
    return page("Reliability", [intro, command, table(head, map(_row, found)), *details])


def _row(record: Record) -> Sequence[str]:
    return (
        link(code(record.count), f"{FOLDER.as_posix()}/{record.count}.json", RELIABILITY),
        escaped(sentence(record.claim)),
        f"{record.held:,}",
        f"{record.tried:,}",
        f"{record.share:.0%}",
    )


def _details(record: Record) -> Sequence[str]:
    """Give the kinds of a count, what fell, and where it was made."""
    module = link(code(f"{record.count}.py"), f"{COUNTS}/{record.count}.py", RELIABILITY)
    rows = [(escaped(kind), f"{held:,}", f"{tried:,}") for kind, (tried, held) in record.kinds.items()]
    told = {**record.environment, "date": record.date}
    measured = [f"- {escaped(name)}: {value:,.4g}" for name, value in record.measured.items()]
    fell = [f"- Did not hold: {escaped(line)}." for line in record.fell]
    made = ", ".join(f"{name} {told[name]}" for name in ("device", "python", "torch", "date") if told.get(name))
    return [
        f"## {escaped(record.count)}",
        table(("kind", "held", "attempts"), rows),
        "\n".join([*measured, *fell, f"- Made by {module} in {record.seconds:,.0f} s: {escaped(made)}."]),
    ]
