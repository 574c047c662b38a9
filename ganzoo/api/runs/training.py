"""``ganzoo.train``: one recipe with one seed, as an iterator of the records of its training."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from ...bench.live.display import Display
from ...errors import GanzooError
from ...seeds import LARGEST_SEED
from ...storage.cache import Cache
from ..arguments import path_text, whole
from ..building import RecipeLike, resolved
from .given import placed
from .playing import open_zoo, played, specs_of
from .progress import display_for
from .run import Training
from .settings import TrainSettings, settings_for

if TYPE_CHECKING:
    import torch

    from .given import Data

__all__ = ["Training", "train"]


def train(
    recipe: RecipeLike,
    data: "Data" = "digits",
    *,
    budget: str = "200kimg",
    seed: int = 0,
    out: str | Path | None = None,
    device: "str | torch.device" = "auto",
    progress: bool | None = None,
    **settings: Unpack[TrainSettings],
) -> Training:
    """Train one recipe with one seed; the same as ``ganzoo train``, with the same numbers.

    The training runs in a process of its own, which does not run the program again that calls this, and goes on while
    the caller looks at a record. The call returns when the training begins, so that what is wrong is raised here.

    Args:
        recipe: as ``ganzoo.recipe`` takes it.
        data: a dataset's name, a path, or images: a tensor or an array, uint8 ``(N, C, H, W)``, alone or in a pair
            with labels ``(N,)``; or ``ganzoo.interfaces.Rows`` of any registered modality.
        budget: such as ``100kimg``, ``5000steps`` or ``5min``.
        seed: of every random stream.
        out: the folder of the results; None for one below ``runs/`` that the same call finds again. A training that
            was stopped goes on where it was.
        device: ``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:N``.
        progress: show how it goes, see ``ganzoo.bench``.
        settings: more of the command's settings, see ``TrainSettings``.

    Returns:
        An iterator of records; see ``Training``.

    Raises:
        GanzooError: what was asked for cannot be done; a subclass says why.
    """
    zoo = open_zoo(settings.get("third_party", True))
    source = recipe if isinstance(recipe, str | Path) else resolved(recipe, zoo.registry, {})
    begun, there = False, Path.cwd()

    def play(display: Display) -> tuple[dict[str, Any], Path]:
        nonlocal begun
        _require_in(there)
        again, begun = begun, True
        with specs_of([source], zoo) as specs:
            asked = settings_for(
                "train",
                settings,
                recipes=specs,
                dataset=dataset,
                seeds=(whole(seed, "seed", 0, LARGEST_SEED),),
                budget=budget,
                out=None if out is None else Path(path_text(out, "out")).absolute(),
                device=str(device),
                parallel=1,  # with the whole machine's threads
            )
            if again:  # what was begun goes on
                asked = asked.changed(fresh=False)
            return played(asked, zoo, display, heard=bool(progress))

    dataset = placed(data, Cache.open())
    return Training(play, display_for(progress))


def _require_in(folder: Path) -> None:
    """Refuse another working directory, since data, recipes and results may be relative to the first one.

    Raises:
        GanzooError: it was changed.
    """
    if Path.cwd() != folder:
        raise GanzooError(
            f"the training began in {folder}, and the working directory is {Path.cwd()} now: "
            f"os.chdir({str(folder)!r}) before it goes on"
        )
