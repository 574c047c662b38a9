"""The record as one page of Markdown: a short table first, then what each stage found."""

from pathlib import Path

from benchmarks.tables import table
from ganzoo.storage.atomic import write_file

from .record import DONE, Played, Record

NAME = "gpu.md"
_LONG = 80  # rows of a table that the page shows


def summary(record: Record) -> str:
    """Return the short table: one row a stage."""
    rows = [
        {
            "stage": stage.name,
            "became": stage.status,
            "s": round(stage.seconds, 1) if stage.seconds else None,
            "in short": _line("; ".join(filter(None, (stage.short, stage.why)))),
        }
        for stage in record.stages.values()
    ]
    return table(rows, ("stage", "became", "s", "in short"))


def _line(text: str) -> str | None:
    return text.replace("|", "\\|") or None


def page(record: Record) -> str:
    """All of it."""
    facts = (record.stages["environment"].data.get("facts") or {}) if "environment" in record.stages else {}
    lines = [f"# {record.device or 'An unknown GPU'}", ""]
    if record.rehearsal:
        lines += ["**A rehearsal: every size was cut down, and no number here means anything.**", ""]
    lines += ["```sh", *record.commands, "```", "", summary(record), ""]
    lines += [f"- {line}" for line in _about(record, facts)] + [""]
    for stage in record.stages.values():
        lines += _section(stage)
    return "\n".join(lines).rstrip() + "\n"


def _about(record: Record, facts: dict) -> list[str]:
    told = [f"from {record.started} to {record.finished or 'now'}"]
    told += [f"commit {record.commit[:12]}"] if record.commit else []
    keys = ("torch", "cuda", "cudnn", "python", "ganzoo", "capability", "cores")
    told += [", ".join(f"{key} {facts[key]}" for key in keys if facts.get(key) is not None)] if facts else []
    driver = facts.get("nvidia-smi") or {}
    told += [", ".join(f"{key} {value}" for key, value in driver.items())] if driver else []
    return told


def _section(stage: Played) -> list[str]:
    if not (stage.tables or stage.notes):
        return []
    lines = [f"## {stage.name}: {stage.title}", ""]
    lines += [f"`{stage.command}`", ""] if stage.command else []
    if stage.status != DONE:
        lines += [f"{stage.status}: {stage.why}".rstrip(": "), ""]
    for title, rows in stage.tables.items():
        shown = [{key: _escaped(row.get(key)) for key in stage.columns[title]} for row in rows[:_LONG]]
        lines += [f"**{title}**", "", table(shown, stage.columns[title]), ""]
        if len(rows) > _LONG:
            lines += [f"and {len(rows) - _LONG} more rows, in gpu.json", ""]
    return lines + [f"- {note}" for note in stage.notes] + [""] * bool(stage.notes)


def _escaped(value: object) -> object:
    return value.replace("|", "\\|") if isinstance(value, str) else value


def write(record: Record, folder: Path) -> None:
    """Replace ``gpu.md``."""
    write_file(folder / NAME, page(record))
