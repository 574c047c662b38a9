"""``ganzoo.bench``: recipes over seeds, on equal budgets."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from ...bench.results.bench_files.bench_results import BenchResults
from ...errors import RecipeError
from ...recipes.recipe import Recipe
from ...storage.cache import Cache
from ..arguments import path_text, plain
from ..building import RecipeLike
from .given import placed
from .playing import open_zoo, played, specs_of
from .progress import display_for
from .results import Results
from .settings import BenchSettings, settings_for

if TYPE_CHECKING:
    import torch

    from .given import Data

__all__ = ["Results", "bench"]


def bench(
    recipes: RecipeLike | Sequence[RecipeLike],
    data: "Data" = "digits",
    *,
    seeds: int | Iterable[int] = 3,
    budget: str = "200kimg",
    out: str | Path | None = None,
    device: "str | torch.device" = "auto",
    progress: bool | None = None,
    **settings: Unpack[BenchSettings],
) -> Results:
    """Train recipes over seeds on equal budgets, and compare them; the same as ``ganzoo bench``.

    Runs are played in processes of their own, which do not run the program again that calls this. A bench that was
    stopped goes on when it is called again. Runs that fail do not raise: ``Results.failed`` has them.

    Args:
        recipes: one or several, each as ``ganzoo.recipe`` takes it.
        data: a dataset's name, a path, or images: a tensor or an array, uint8 ``(N, C, H, W)``, alone or in a pair
            with labels ``(N,)``; or ``ganzoo.interfaces.Rows`` of any registered modality.
        seeds: a count (3 is 0, 1, 2), or the seeds.
        budget: of each run, such as ``100kimg``, ``5000steps`` or ``5min``.
        out: the folder of the results; None for one below ``runs/`` that the same call finds again.
        device: ``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:N``.
        progress: show how it goes: on a terminal as the command does, in a notebook in one line that is updated. None
            shows it in a notebook alone.
        settings: more of the command's settings, see ``BenchSettings``.

    Raises:
        GanzooError: what was asked for cannot be done; a subclass says why.
        KeyboardInterrupt: it was interrupted; runs have written checkpoints.
    """
    if not isinstance(recipes, Iterable):
        raise RecipeError(f"recipes are one or several, and not {type(recipes).__name__}")
    several = [recipes] if isinstance(recipes, str | Path | Mapping | Recipe) else [*recipes]
    if not several:
        raise RecipeError("no recipe is named: give one or several, such as 'dcgan'")
    zoo = open_zoo(settings.get("third_party", True))
    display = display_for(progress)
    with specs_of(several, zoo) as specs:
        asked = settings_for(
            "bench",
            settings,
            recipes=specs,
            dataset=placed(data, Cache.open()),
            seeds=_seeds(seeds),
            budget=budget,
            out=None if out is None else Path(path_text(out, "out")),
            device=str(device),
        )
        summary, folder = played(asked, zoo, display, heard=bool(progress))
    return Results(folder, BenchResults.model_validate(summary))


def _seeds(given: int | str | Iterable[int]) -> int | str | tuple[int, ...]:
    """Give a count or seeds as Python's own numbers; what is none of these is told by the settings."""
    if isinstance(given, Iterable) and not isinstance(given, str):
        return tuple(map(plain, given))
    counted: int | str = plain(given)
    return counted
