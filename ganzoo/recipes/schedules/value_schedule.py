"""Values that change over a run, such as a learning rate that falls to zero. Does not import torch.

A recipe writes one in place of a number::

    lr: {shape: linear, start: 2.0e-4, end: 0.0}
    lr: {shape: cosine, start: 2.0e-4, end: 5.0e-5, over: 50%, warmup: 100}
    lr: {shape: piecewise, points: [[0, 1.0e-3], [50%, 1.0e-3], [100%, 0.0]]}
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from ...errors import suggest
from .curve import Curve, Knot, Way
from .place import BEGINNING, END, Place, number_in

EXAMPLE = "{shape: linear, start: 2.0e-4, end: 0.0}"
_WAYS = ("linear", "cosine", "exponential")
_KEYS = {
    "constant": ("start", "warmup"),
    **dict.fromkeys(_WAYS, ("start", "end", "over", "hold", "warmup")),
    "piecewise": ("points",),
}
_NEEDED = {"constant": ("start",), **dict.fromkeys(_WAYS, ("start", "end")), "piecewise": ("points",)}


@dataclass(frozen=True)
class ValueSchedule:
    """A value as a function of the real images that the discriminator was shown.

    A place in the run is a number of kimg (thousand real images shown to the discriminator), or a share of the run's
    budget, such as ``50%``. A step is played with the values of its beginning.

    Attributes:
        shape: ``constant``; ``linear``, ``cosine`` (half a period) or ``exponential`` (by one factor a step), from
            ``start`` to ``end``; or ``piecewise``, linear between ``points``.
        start: the first value; not of ``piecewise``; above 0 of ``exponential``.
        end: the last value, kept from ``over`` on; of ``linear``, ``cosine`` and ``exponential``, there above 0.
        over: the place in the run where ``end`` is reached.
        hold: the place until which ``start`` is kept.
        warmup: the place until which the value rises from 0 to ``start``, in a straight line; 0 for no warm-up.
        points: a place and its value each, of ``piecewise``, in rising order; two at one place make a jump. Before the
            first and after the last the value is theirs.
    """

    shape: str
    start: float | None = None
    end: float | None = None
    over: Place = END
    hold: Place = BEGINNING
    warmup: Place = BEGINNING
    points: tuple[tuple[Place, float], ...] = ()

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "ValueSchedule":
        """Read what a recipe's file writes.

        Raises:
            ValueError: with what is wrong, in words.
        """
        shape = data.get("shape")
        if not isinstance(shape, str) or shape not in _KEYS:
            said = "a value that changes needs a shape" if shape is None else f"there is no shape {shape!r}"
            raise ValueError(f"{said}: write {', '.join(_KEYS)}, as in {EXAMPLE}")
        takes = _KEYS[shape]
        if unknown := [str(key) for key in data if key not in ("shape", *takes)]:
            raise ValueError(f"a {shape} schedule takes no {unknown[0]!r}; {suggest(unknown[0], takes)}")
        if missing := [key for key in _NEEDED[shape] if key not in data]:
            raise ValueError(f"a {shape} schedule needs {missing[0]!r}")
        numbers: Any = {key: number_in(data[key], key) for key in ("start", "end") if key in data}
        places: Any = {key: Place.parse(data[key], key) for key in ("over", "hold", "warmup") if key in data}
        read = cls(shape, points=_points(data.get("points", ())), **numbers, **places)
        if shape == "exponential" and (zero := [key for key, value in numbers.items() if value <= 0]):
            raise ValueError(f"{zero[0]} of an exponential schedule must be above 0, not {numbers[zero[0]]:g}")
        read._check_order()
        return read

    def _places(self) -> list[tuple[str, Place]]:
        """Return the places in the order in which they have to come, each with what it is called."""
        if self.shape == "piecewise":
            return [(f"the point at {place}", place) for place, _ in self.points]
        named = [("warmup", self.warmup), ("hold", self.hold)]
        kept = [(name, place) for name, place in named if place.amount]
        return [*kept, ("over", self.over)] if self.end is not None else kept

    def _check_order(self, budget: float | None = None) -> None:
        """Check that no place comes after one that it has to follow.

        Raises:
            ValueError: one does.
        """
        places = self._places()
        for i, (earlier, before) in enumerate(places):
            for later, place in places[i + 1 :]:
                gap = place.after(before, budget)
                if gap is not None and (gap < 0 or (gap == 0 and later == "over")):
                    if self.shape == "piecewise":
                        raise ValueError(f"points must rise, and {earlier} stands before {later}")
                    raise ValueError(f"{earlier} ends at {before}, and must end before {later}, which is {place}")
        if self.over.amount == 0:
            raise ValueError("over must lie after the beginning of the run, not at 0")

    def written(self) -> dict[str, Any]:
        """As a file writes it; what has its default is left out."""
        told: dict[str, Any] = {"shape": self.shape}
        told |= {key: value for key in ("start", "end") if (value := getattr(self, key)) is not None}
        defaults = {"over": END, "hold": BEGINNING, "warmup": BEGINNING}
        told |= {key: getattr(self, key).written() for key, usual in defaults.items() if getattr(self, key) != usual}
        if self.points:
            told["points"] = [[place.written(), value] for place, value in self.points]
        return told

    def values(self) -> tuple[float, ...]:
        """Return the values that all others lie between, but for a warm-up's."""
        if self.points:
            return tuple(value for _, value in self.points)
        return tuple(value for value in (self.start, self.end) if value is not None)

    @property
    def first(self) -> float:
        """The value at the beginning of a run."""
        if self.points:
            return next((value for place, value in reversed(self.points) if not place.amount), self.points[0][1])
        return 0.0 if self.warmup.amount else self.start or 0.0

    def scaled(self, factor: float) -> "ValueSchedule":
        """Return the schedule with all values times a factor, to four digits."""

        def times(value: float) -> float:
            return float(f"{value * factor:.4g}")

        return replace(
            self,
            start=None if self.start is None else times(self.start),
            end=None if self.end is None else times(self.end),
            points=tuple((place, times(value)) for place, value in self.points),
        )

    @property
    def relative(self) -> bool:
        """True where a place is a share of the run's budget."""
        return any(place.relative for _, place in self._places())

    def curve(self, budget: float | None) -> Curve:
        """Return the value as a function of the images, for a run of this budget.

        Args:
            budget: thousand real images that are shown to D in the whole run; None where that is not known.

        Raises:
            ValueError: a place is a share of a budget that is not known, or comes after one that it must come before.
        """
        if budget is None and self.relative:
            raise ValueError(
                "it changes by shares of the budget, which has no number of images: give a budget such as 200kimg "
                "(in Python budget=200.0), or the places in kimg"
            )
        self._check_order(budget)
        if self.points:
            return Curve([Knot(place.images(budget), value) for place, value in self.points])
        start = self.start or 0.0
        knots = [Knot(0.0, 0.0), Knot(self.warmup.images(budget), start)] if self.warmup.amount else [Knot(0.0, start)]
        if self.end is not None:
            if self.hold.amount:
                knots.append(Knot(self.hold.images(budget), start))
            knots.append(Knot(self.over.images(budget), self.end, way=cast(Way, self.shape)))
        return Curve(knots)

    def __str__(self) -> str:
        """Say it in words: ``linear from 0.0002 to 0, at 100% of the run``."""
        if self.points:
            return "linear between " + ", ".join(f"{value:g} at {place}" for place, value in self.points)
        said = f"{self.start:g}" if self.end is None else f"{self.shape} from {self.start:g}"
        if self.warmup.amount:
            said += f" after a warm-up from 0 until {self.warmup}"
        if self.hold.amount:
            said += f", held until {self.hold},"
        return said if self.end is None else f"{said} to {self.end:g} at {self.over}"


def _points(written: Any) -> tuple[tuple[Place, float], ...]:
    if not isinstance(written, list | tuple):
        raise ValueError("points must be a list of [place, value], as in [[0, 1.0e-3], [50%, 1.0e-3], [100%, 0.0]]")
    if written == ():
        return ()
    if len(written) < 2:
        raise ValueError(f"a piecewise schedule needs two points or more, not {len(written)}")
    points = []
    for point in written:
        if not isinstance(point, list | tuple) or len(point) != 2:
            raise ValueError(f"each of the points must be [place, value], as in [50%, 1.0e-3], not {point!r}")
        points.append((Place.parse(point[0], "the place of a point"), number_in(point[1], "the value of a point")))
    return tuple(points)
