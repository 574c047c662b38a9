"""The machine shared out among the runs of a bench: processes, threads and GPUs."""

from ....backend.streams import MOST_BRANCHES
from ....errors import GanzooError, SetupError
from ....interfaces import Resources
from ...results.terms.settings import RunSettings
from ...runs.environment import usable_cores


def check_together(settings: RunSettings, device: str) -> None:
    """Check that a process has a CUDA stream for each of the seeds that it plays.

    Raises:
        SetupError: it has not.
    """
    seeds = max(len(settings.seeds), settings.tune or 0)
    if device.startswith("cuda") and min(settings.together, seeds) > MOST_BRANCHES:
        raise SetupError(
            f"--together {settings.together} asks for more CUDA streams than PyTorch has: a process plays at most "
            f"{MOST_BRANCHES} seeds on a GPU at once; give --together {MOST_BRANCHES}"
        )


def check_ranks(settings: RunSettings) -> None:
    """Check that nothing is asked for that a run of several processes cannot do.

    Raises:
        GanzooError: it is.
    """
    if settings.gpus_per_run > 1 and settings.together > 1:
        raise GanzooError(
            "--together plays several runs in one process, and --gpus-per-run one run in several: leave one of them out"
        )
    if settings.gpus_per_run > 1 and settings.compiled:
        raise GanzooError("--compile makes networks for one process; leave it or --gpus-per-run out")


def share_out(settings: RunSettings, where: list[str], processes: int, resources: Resources | None) -> tuple[int, int]:
    """Give the number of processes at once, and the threads of each; one where a machine's cores are not known.

    Threads follow from the machine and from what was asked for, and never from how many runs there are: the numbers of
    a run on a CPU depend on its threads, and are the same whatever is played beside it.

    Args:
        settings: of the bench.
        where: the devices, one for each GPU that may be used.
        processes: to be played in all.
        resources: of the machines elsewhere; None for this one.

    Raises:
        SetupError: a run takes more GPUs than there are.
    """
    ranks = settings.gpus_per_run
    if where[0] != "cpu" and len(where) < ranks:
        raise SetupError(f"--gpus-per-run {ranks} takes {ranks} GPUs, and there {_are(len(where))}")
    bundles = len(where) // ranks
    if resources is not None:
        threads = settings.threads or 1
        room = max(1, resources.cores // (threads * ranks)) if where[0] == "cpu" else bundles
        return min(settings.parallel or room, processes), threads
    cores = usable_cores()
    if where[0] == "cpu":
        threads = settings.threads or max(1, cores // (ranks * (settings.parallel or cores)))
        return min(settings.parallel or max(1, cores // (ranks * threads)), processes), threads
    slots = settings.parallel or bundles
    return min(slots, processes), settings.threads or max(1, cores // (slots * ranks))


def _are(count: int) -> str:
    return "is 1" if count == 1 else f"are {count}"
