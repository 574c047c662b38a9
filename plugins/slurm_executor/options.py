"""The text behind ``--executor-address``: what a job asks Slurm for."""

import re
from dataclasses import dataclass, field
from typing import Any

from ganzoo.errors import GanzooError, suggest

SLURM, LOCAL = "slurm", "local"
MINUTES = 240  # of a job, unless something else is asked for; what needs longer goes on in another job
TIME = re.compile(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)|(\d+)")  # [[D-]H:]M:S, or minutes
PASSED_ON = ("partition", "account", "qos", "constraint", "gres", "nodelist", "exclude")
KNOWN = ("time", "mem", "cpus", "cluster", *PASSED_ON)


@dataclass(frozen=True)
class Options:
    """The wishes of the user for each job.

    Attributes:
        cluster: ``slurm``, or ``local`` for processes of this machine, to try it out.
        minutes: after which a job ends.
        memory: in GB; None for the cluster's own.
        cpus: cores of a job; None for as many as the task has threads.
        passed_on: options of sbatch, by their names.
    """

    cluster: str = SLURM
    minutes: int = MINUTES
    memory: float | None = None
    cpus: int | None = None
    passed_on: dict[str, str] = field(default_factory=dict)

    def parameters(self, threads: int, gpus: int) -> dict[str, Any]:
        """Return what submitit's AutoExecutor takes for a job of so many threads and GPUs."""
        asked: dict[str, Any] = {"timeout_min": self.minutes, "cpus_per_task": self.cpus or threads}
        asked |= {"mem_gb": self.memory} if self.memory is not None else {}
        asked |= {"gpus_per_node": gpus} if gpus and "gres" not in self.passed_on else {}
        return asked | {f"slurm_{name}": value for name, value in self.passed_on.items()}


def options(text: str | None) -> Options:
    """Read ``partition=gpu,time=4:00:00,mem=32``.

    Raises:
        GanzooError: an unknown name, or a value that is none.
    """
    given: dict[str, str] = {}
    for word in (text or "").split(","):
        if not word.strip():
            continue
        name, equals, value = (part.strip() for part in word.partition("="))
        if not equals or not value:
            raise GanzooError(f"--executor-address of slurm is NAME=VALUE,...; {word.strip()!r} is not")
        if name not in KNOWN:
            raise GanzooError(f"the executor 'slurm' has no option {name!r}; {suggest(name, KNOWN)}")
        given[name] = value
    cluster = given.get("cluster", SLURM)
    if cluster not in (SLURM, LOCAL):
        raise GanzooError(f"cluster={cluster} of the executor 'slurm' is neither {SLURM} nor {LOCAL}")
    return Options(
        cluster=cluster,
        minutes=_minutes(given["time"]) if "time" in given else MINUTES,
        memory=_number("mem", given["mem"].upper().removesuffix("B").removesuffix("G")) if "mem" in given else None,
        cpus=int(_number("cpus", given["cpus"])) if "cpus" in given else None,
        passed_on={name: given[name] for name in PASSED_ON if name in given},
    )


def _number(name: str, text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or float(text) <= 0 or (name == "cpus" and "." in text):
        wanted = "cores" if name == "cpus" else "gigabytes"
        raise GanzooError(f"{name}={text} of the executor 'slurm' is no number of {wanted}")
    return float(text)


def _minutes(text: str) -> int:
    found = TIME.fullmatch(text)
    if found is None:
        raise GanzooError(f"time={text} of the executor 'slurm' is neither minutes nor [[D-]H:]M:S")
    days, hours, minutes, seconds, alone = (int(part or 0) for part in found.groups())
    whole = alone + days * 1440 + hours * 60 + minutes + (seconds > 0)
    if not whole:
        raise GanzooError(f"time={text} of the executor 'slurm' is no time at all")
    return whole
