"""The suite as a whole: one part, or all that a plugin provides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from ..recipes.building.build import load_class
from ..registry.discovery import Plugin, Zoo
from ..registry.guarding.global_state import GlobalState, sentence
from ..registry.registry import Entry, Registry
from ..registry.sources.installed import called
from .findings import Finding, Findings
from .heavy_hooks import heavy_hooks
from .kinds.datasets import check_dataset
from .kinds.discriminators import check_discriminator
from .kinds.executors import check_executor
from .kinds.extractors import check_extractor
from .kinds.generators import check_generator
from .kinds.metrics import check_metric
from .kinds.modalities import check_modality
from .kinds.recipes import check_registered_recipe
from .kinds.terms import check_term
from .kinds.trackers import check_tracker
from .on_gpu import check_on_gpu
from .remedies import with_remedy

CHECKS: dict[str, Callable[[Findings, Registry], None]] = {
    "generator": check_generator,
    "discriminator": check_discriminator,
    "loss": check_term,
    "regularizer": check_term,
    "recipe": check_registered_recipe,
    "dataset": check_dataset,
    "extractor": check_extractor,
    "metric": check_metric,
    "tracker": check_tracker,
    "executor": check_executor,
    "modality": check_modality,
}


PLAYERS = ("generator", "discriminator")
SERVICES = ("executor", "tracker")  # their libraries change the process as they start, and stay in it


def check_entry(registry: Registry, entry: Entry, params: Mapping[str, Any] | None = None) -> list[Finding]:
    """Check one registered part against its interface.

    A check that raises anything is a failed finding. Where a later check could mean nothing without an earlier
    one that failed, it is left out. What the part changes of the state of the process is put back, and is a failed
    finding, but for an executor or a tracker; random states are left as they were.

    Args:
        registry: knows the part, and whatever the part needs beside it.
        entry: the part.
        params: parameters of a generator or a discriminator, instead of its defaults.

    Raises:
        ValueError: parameters are given for a part of another kind.
    """
    if params and entry.kind not in PLAYERS:
        raise ValueError(f"{entry.kind} {entry.name!r}: only {' and '.join(PLAYERS)} are checked with given parameters")
    findings = Findings(entry.kind, entry.name, params=params or {})
    state = None if entry.kind in SERVICES else GlobalState().without_random_states()
    with torch.random.fork_rng(devices=[]):
        if entry.kind != "recipe":
            with findings.check("import"):
                load_class(registry, entry.kind, entry.name)
        if findings.ok:
            CHECKS[entry.kind](findings, registry)
    if state is not None and (changes := state.put_back()):
        findings.add("state", False, with_remedy(f"it changes {sentence(changes)}, which all parts share"))
    return findings.found


def plugins_called(zoo: Zoo, name: str) -> list[Plugin]:
    """List the plugins with this entry point, or else those of the distribution of this name.

    Raises:
        UnknownName: there is none; the message says what was probably meant.
    """
    return called(zoo.plugins, name)


def entries_of(zoo: Zoo, name: str) -> list[Entry]:
    """List what the plugins of this name provide.

    Raises:
        UnknownName: there is no such plugin.
    """
    return [entry for plugin in plugins_called(zoo, name) for entry in plugin.provides]


def check_plugin(zoo: Zoo, name: str, tell: Callable[[Finding], None] = lambda finding: None) -> list[Finding]:
    """Check all that a plugin provides; ``name`` is that of its entry point or of its distribution.

    Parts that play and conform are looked at on a pretended GPU, too, where there can be one (``pretend_cuda``).

    Args:
        zoo: where the plugin was found.
        name: the plugin's.
        tell: is given each finding when its part is done.

    Raises:
        UnknownName: there is no such plugin.
    """
    found: list[Finding] = []

    def note(findings: list[Finding]) -> None:
        found.extend(findings)
        for finding in findings:
            tell(finding)

    for plugin in plugins_called(zoo, name):
        if plugin.status != "ok":
            note([Finding("plugin", plugin.name, "load", False, plugin.reason or "it is disabled")])
        elif not plugin.provides:
            note([Finding("plugin", plugin.name, "load", False, with_remedy("it registers nothing"))])
        else:
            note([Finding("plugin", plugin.name, "load", True, f"registers {len(plugin.provides)}")])
            if plugin.changes:
                said = with_remedy(f"its import changes {', '.join(plugin.changes)}")
                note([Finding("plugin", plugin.name, "state", False, said)])
            note(heavy_hooks(plugin))
            sound = []
            for entry in plugin.provides:
                note(seen := check_entry(zoo.registry, entry))
                if all(finding.ok for finding in seen):  # what is wrong already is not to be told again
                    sound.append(entry)
            note(check_on_gpu(zoo.registry, plugin.name, sound))
    return found


def assert_conforms(registry: Registry, kind: str, name: str, **params: Any) -> None:
    """Check one registered part, in a test.

    Args:
        registry: knows the part, and whatever the part needs beside it.
        kind: of the part, such as ``loss``.
        name: the part's.
        params: parameters of a generator or a discriminator, instead of its defaults: a ``width`` of 16 for
            networks that would take minutes at the size of their paper.

    Raises:
        ValueError: parameters are given for a part of another kind.
        UnknownName: nobody registers it.
        AssertionError: with everything that failed, a line each.
    """
    failed = [finding for finding in check_entry(registry, registry.get(kind, name), params) if not finding.ok]
    if failed:
        lines = (f"  {finding.check}: {finding.detail}" for finding in failed)
        raise AssertionError("\n".join([f"{kind} {name!r} does not conform:", *lines]))
