"""Trackers that remember what they were told, and a zoo that has them."""

from ganzoo.interfaces import Tracker
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry

TOLD = []  # (method, words) of the notes, in the order of telling


class Killed(Exception):
    """Ends a run as a killed process does: nothing more is written or told."""


def stopped_after(count, *, killed):
    """An exception that stops a run after so many steps: as if asked to, or as if killed."""
    left = count

    def stop():
        nonlocal left
        left -= 1
        if left < 0 and killed:
            raise Killed
        return left < 0

    return stop


class Notes(Tracker):
    """Notes what it is told, and then spoils it."""

    def begin(self, run):
        TOLD.append(("begin", dict(run)))
        run["recipe"].clear()

    def row(self, row):
        TOLD.append(("row", {**row, "metrics": dict(row.get("metrics", {}))}))
        row.get("metrics", {}).clear()
        row.clear()

    def picture(self, name, path, row):
        TOLD.append(("picture", (name, path, path.read_bytes()[:4], row)))

    def end(self, result):
        TOLD.append(("end", result and dict(result)))
        if result is not None:
            result.clear()


class Retold(Notes):
    """Hears all of it again."""

    retold = True


class Drawing(Notes):
    """Draws from every random stream that anybody may draw from."""

    def row(self, row):
        import random

        import numpy as np
        import torch

        random.random(), np.random.rand(), torch.rand(3), torch.manual_seed(7)


class Failing(Notes):
    """Fails in the method that is named by ``at``, in the way that ``how`` is."""

    at, how = "row", ValueError("no\nway")

    def _fail(self, method):
        TOLD.append((method, None))
        if method == type(self).at:
            raise type(self).how

    def begin(self, run):
        self._fail("begin")

    def row(self, row):
        self._fail("row")

    def picture(self, name, path, row):
        self._fail("picture")

    def end(self, result):
        self._fail("end")


class Unmakable(Notes):
    """Is not to be had."""

    def __init__(self):
        raise RuntimeError("gone")


def zoo():
    """The bundled zoo with these in it, as ``notes``, ``retold``, ..."""
    found = load_zoo(third_party=False)
    mine = [Notes, Retold, Drawing, Failing, Unmakable]
    found.registry.add(
        [Entry("tracker", kind.__name__.lower(), f"recording_trackers:{kind.__name__}", "mine") for kind in mine]
    )
    return found
