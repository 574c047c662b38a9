"""The types of settings that are written as texts: what they accept, and what they refuse. Does not import torch.

Each accepts a value as the command line has it, as a suite's file has it, or as it is in Python.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from ....errors import GanzooError, suggest
from ....recipes.schema.fields import Whole, wrong
from ....text import shown
from .budget import Budget, parse_seeds
from .goal import parse_goal
from .track import RENAMED

MOST_PARALLEL = 4096
LARGEST_SIDE = 4096
EXAMINATIONS = ("memorisation", "discriminator", "classification")
_EXAMINATIONS = f"there are {', '.join(EXAMINATIONS)}, and none"


def listed(example: str, value: Any) -> list[Any]:
    """Give a list that is not empty; one text alone is a list of one."""
    found = [value] if isinstance(value, str) else list(value) if isinstance(value, tuple) else value
    if not isinstance(found, list) or not found:
        raise wrong(f"must be a list, as in {example}, not {value!r}")
    return found


def texts(example: str, value: Any) -> tuple[str, ...]:
    """Check a list of different texts."""
    found = listed(example, value)
    for text in found:
        if not isinstance(text, str) or not text.strip():
            raise wrong(f"must be a list of texts, as in {example}, and holds {text!r}")
    if twice := {text for text in found if found.count(text) > 1}:
        raise wrong(f"names {twice.pop()!r} twice")
    return tuple(text.strip() for text in found)


def _track(value: Any) -> Any:
    if value in RENAMED:
        raise wrong(f"the track {value!r} is called {RENAMED[value]!r} now; 'published' plays what the papers play")
    return value


def _sides(value: Any) -> int | tuple[int, int]:
    """Read a side of squares, or height and width."""
    if isinstance(value, str):
        sides = [int(side) if side.isascii() and side.isdigit() else 0 for side in value[:20].lower().split("x")]
    else:
        sides = list(value) if isinstance(value, list | tuple) else [value]
    whole = all(isinstance(side, int) and not isinstance(side, bool) for side in sides)
    if len(sides) not in (1, 2) or not whole or not all(1 <= side <= LARGEST_SIDE for side in sides):
        raise wrong(
            f"{shown(value)} is no size; give the side of a square, such as 64, or height and width, such as 64x32, "
            f"of {LARGEST_SIDE} pixels at most"
        )
    return sides[0] if len(set(sides)) == 1 else (sides[0], sides[1])


def _split(value: Any) -> Any:
    """Split a text at its commas; anything else stays."""
    if not isinstance(value, str):
        return value
    return [name.strip() for name in value.split(",") if name.strip()]


def _examinations(value: Any) -> tuple[str, ...]:
    split = _split(value)
    if not isinstance(split, list | tuple) or not all(isinstance(name, str) for name in split):
        raise wrong(f"must be a list of names, as in [{EXAMINATIONS[0]}], not {value!r:.60}")
    names = tuple(dict.fromkeys(split))
    if names == ("none",) or (not names and not isinstance(value, str)):
        return ()
    unknown = [name for name in names if name not in EXAMINATIONS]
    if unknown or not names:
        problem = f"{unknown[0]!r} is no examination" if unknown else "no examination is named"
        near = suggest(unknown[0], EXAMINATIONS) if unknown else ""
        raise wrong(f"{problem}; {near if near.endswith('?') else _EXAMINATIONS}")
    return names


def _seeds(value: Any) -> tuple[int, ...]:
    if isinstance(value, str):
        try:
            return parse_seeds(value)
        except GanzooError as error:
            raise wrong(str(error)) from error
    whole = list(value) if isinstance(value, list | tuple) else [value]
    if not whole or any(isinstance(seed, bool) or not isinstance(seed, int) for seed in whole):
        raise wrong(f"must be a count, such as 5, or a list, such as [0, 1, 5], not {value!r}")
    try:
        return parse_seeds(",".join(map(str, whole)) + "," * isinstance(value, list | tuple))
    except GanzooError as error:
        raise wrong(
            f"must be a count, such as 5, or a list of different ones, such as [0, 1, 5], not {value!r}"
        ) from error


def _budget(value: Any) -> Budget:
    if isinstance(value, Budget):
        return value
    if not isinstance(value, str):
        raise wrong(f"must be a text such as 200kimg, 5000steps, 5min or 1.5h, not {value!r}")
    try:
        return Budget.parse(value)
    except GanzooError as error:
        raise wrong(str(error)) from error


def _parallel(value: Any) -> int | None:
    if value is None or value == "auto":
        return None
    try:
        count = int(value)
    except (TypeError, ValueError, OverflowError):
        count = 0
    if not 1 <= count <= MOST_PARALLEL:
        raise wrong(f"{shown(value)} is neither a number of runs, at most {MOST_PARALLEL:,}, nor 'auto'")
    return count


def _replicates(value: int) -> int:
    if value == 1:
        raise wrong("a spread takes two half-samples at the least; 0 is for none")
    return value


Sides = Annotated[int | tuple[int, int], BeforeValidator(_sides)]
Seeds = Annotated[tuple[int, ...], BeforeValidator(_seeds)]
BudgetText = Annotated[Budget, BeforeValidator(_budget)]
Names = Annotated[tuple[str, ...], BeforeValidator(lambda value: texts("[fid, kid]", _split(value)))]
Examinations = Annotated[tuple[str, ...], BeforeValidator(_examinations)]
Parallel = Annotated[int | None, BeforeValidator(_parallel)]
Replicates = Annotated[Whole, AfterValidator(_replicates)]
Different = Annotated[tuple[str, ...], AfterValidator(lambda names: tuple(dict.fromkeys(names)))]
Goals = Annotated[tuple[str, ...], AfterValidator(lambda goals: tuple(str(parse_goal(goal)) for goal in goals))]
Track = Annotated[Literal["as-shipped", "published", "controlled"], BeforeValidator(_track)]
