"""Whether benches may stand in one table: same terms, same identity of the numbers, same recipes behind the names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import GanzooError
from ...recipes import safeyaml
from ..results.identity import OF_THE_RECIPE, identity_of
from ..results.track import AS_PUBLISHED, CONTROLLED, OF_THE_BACKBONE, TEXTS
from .notes import devices_of

_LONGEST = 60  # of a value in a sentence


@dataclass(frozen=True)
class Bench:
    """A bench that was played.

    Attributes:
        folder: where it lies.
        results: the content of its ``results.json``.
    """

    folder: Path
    results: Mapping[str, Any]


def require_joinable(benches: Sequence[Bench], without: Iterable[str] = ()) -> None:
    """See whether benches compare.

    Args:
        benches: to be joined.
        without: metrics that will not be shown; whatever their settings are.

    Raises:
        GanzooError: they do not; the sentence names the field that differs, both values and both folders.
    """
    leave_out = tuple(f"metric {metric}: " for metric in without)
    said: dict[str, tuple[Path, Any, str]] = {}
    recipes: dict[str, tuple[Path, dict[str, Any]]] = {}
    for bench in benches:
        for field, value, more in (*_terms(bench), *_identities(bench, leave_out)):
            where, first, more_of_first = said.setdefault(field, (bench.folder, value, more))
            if first != value:
                raise _refusal(where, bench.folder, field, f"{_shown(first)}{more_of_first}", f"{_shown(value)}{more}")
        for name, whole in _recipes(bench):
            where, other = recipes.setdefault(name, (bench.folder, whole))
            for key in dict.fromkeys((*other, *whole)):
                if other.get(key) != whole.get(key):
                    field = f"{key} of the recipe {name!r}"
                    raise _refusal(where, bench.folder, field, _shown(other.get(key)), _shown(whole.get(key)))


def _refusal(a: Path, b: Path, field: str, of_a: str, of_b: str) -> GanzooError:
    return GanzooError(f"{a} and {b} do not compare: {field} is {of_a} in the one and {of_b} in the other")


def _shown(value: Any) -> str:
    text = "not set" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


Said = Iterator[tuple[str, Any, str]]


def _track(results: Mapping[str, Any]) -> str:
    return results.get("track") or AS_PUBLISHED


def _terms(bench: Bench) -> Said:
    """On what terms the bench was played: field, value, and what explains the value."""
    results = bench.results
    yield "the track", _track(results), ""
    yield "the backbone", results.get("backbone"), ""
    yield "the budget", _budget(results["budget"]), ""
    yield "the number of tuning trials", (results.get("tuning") or {}).get("trials", 0), ""
    if "minutes" in results["budget"]:  # so many minutes are something else on another device
        for device in devices_of(results):
            yield "the device, on which the budget is minutes,", device, ""
    if _track(results) == CONTROLLED:
        for name, about in results["recipes"].items():
            loaded = _loaded(name, about, bench.folder)
            for key in OF_THE_BACKBONE:
                first, _, second = key.partition(".")
                value = loaded.get(first)
                yield f"{key}, which all recipes of the controlled track share,", value[second] if second else value, ""


def _budget(budget: Mapping[str, Any]) -> str:
    return ", ".join(f"{float(amount):g} {unit}" for unit, amount in sorted(budget.items()))


def _identities(bench: Bench, leave_out: tuple[str, ...]) -> Said:
    for run in bench.results["runs"]:
        for field, value in identity_of(run, bench.results).items():
            own_choice = field in OF_THE_RECIPE and _track(bench.results) == AS_PUBLISHED
            if not own_choice and not field.startswith(leave_out):
                yield field, value, f" ({bench.results['dataset']['name']})" if field == "data" else ""


def _recipes(bench: Bench) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the names of the recipes stand for, as dotted keys, without what is only said of them."""
    tuned = (bench.results.get("tuning") or {}).get("recipes") or {}
    for name, about in bench.results["recipes"].items():
        loaded = _loaded(name, about, bench.folder)
        flat = dict(_flat({key: value for key, value in loaded.items() if key not in (*TEXTS, "space")}))
        yield name, flat | dict((tuned.get(name) or {}).get("changes") or {})


def _loaded(name: str, about: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    return safeyaml.load(str(about["text"]), f"the recipe {name!r} in {folder / 'results.json'}")


def _flat(value: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{before}.{key}" if before else str(key))
    elif isinstance(value, list) and before == "regularizers":
        yield before, [part["name"] if isinstance(part, Mapping) else part for part in value]
        for part in value:
            if isinstance(part, Mapping):
                yield from _flat(part, f"{before}.{part['name']}")
    else:
        yield before, value
