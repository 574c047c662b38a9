"""Runs as jobs of a Slurm cluster. Needs the extra ``ganzoo-core[slurm]``."""

from collections.abc import Callable

from ganzoo import hookimpl


@hookimpl
def register_executors(register: Callable[..., None]) -> None:
    """Register the executor ``slurm``."""
    register(
        "slurm",
        f"{__name__}.executor:SlurmExecutor",
        summary="jobs of a Slurm cluster, one to a process, in a shared folder; needs ganzoo-core[slurm]",
    )
