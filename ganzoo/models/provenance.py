"""Origin of a trained generator: what it is built from again, and what it was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..registry.registry import Registry


@dataclass(frozen=True)
class Provenance:
    """All that an export of a generator tells, beside what ``Trained`` knows.

    Attributes:
        registry: knows the parts that it was built of.
        built: names in ``Parts.modules`` of the parts that it is built with; the generator's own alone, unless terms of
            its game changed its form.
        second_order: see ``always_second_order``; the layout of its weights depends on it.
        seed: of the run.
        device: that it was trained on, ``cpu`` or ``cuda:N``.
        budget: of the run, see ``Budget.to_json``; empty where that is not known.
        data_hash: of the training images.
        data_asked: the name or path that was asked for as data.
        data_options: words of a command line, beside that name, by which a run had its images.
        revisions: those above 1 of the recipe's parts.
        origins: of those that third parties register.
        plugins: names of the third parties' plugins that the run used; None where that is not known.
        files: sources of the plugins of one file that it used, by the file's name.
        license: of the generator, as the hub names it; empty where nobody said one.
    """

    registry: Registry
    built: tuple[str, ...] = ("G",)
    second_order: bool = False
    seed: int = 0
    device: str = "cpu"
    budget: Mapping[str, Any] = field(default_factory=dict)
    data_hash: str = ""
    data_asked: str = ""
    data_options: tuple[str, ...] = ()
    revisions: Mapping[str, int] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    plugins: tuple[str, ...] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    license: str = ""
