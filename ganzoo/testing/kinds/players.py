"""Shared by the checks of both players: data of several modalities and shapes, and networks built for them."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import GanzooError, RecipeError
from ...interfaces import Generator, Modality
from ...recipes.building.build import build_part, load_class
from ...recipes.recipe import Part
from ...registry.registry import Registry
from ..findings import Findings, listed, require
from ..fixtures.data import BATCH as BATCH
from ..fixtures.data import Case, alike, cases_of, modalities_of
from ..fixtures.partners import plain_recipe, with_partners
from ..fixtures.usage import parameters_of
from ..playing.checks import check_game, check_steps
from ..playing.games import Game


class Builder:
    """Builds one part, for data of any modality, from any seed.

    Raises:
        ConformanceError: it cannot be known which parameters it needs.
    """

    def __init__(self, registry: Registry, kind: str, name: str, params: Mapping[str, Any] | None = None) -> None:
        self.registry, self.kind = registry, kind
        self.part = Part(name=name, params=parameters_of(registry, kind, name, params))

    def build(self, case: Case, seed: int = 0) -> Any:
        """One for these data."""
        torch.manual_seed(seed)
        part = self.part
        return build_part(self.registry, self.kind, part, modality=case.modality, conditional=case.conditional)

    def game(self, case: Case) -> Game:
        """Make a game of it against the suite's own, on these data."""
        recipe = plain_recipe(self.kind, self.part, case)
        return Game(recipe, with_partners(self.registry), case.modality)

    def modalities(self) -> list[type[Modality]]:
        """List the modalities that offer all that the part's signature needs and its parameters do not give."""
        keyword = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        taken = inspect.signature(load_class(self.registry, self.kind, self.part.name)).parameters.values()
        needed = {p.name for p in taken if p.kind in keyword and p.default is p.empty} - self.part.params.keys()
        plugin = self.registry.get(self.kind, self.part.name).plugin
        return [cls for cls in modalities_of(self.registry, plugin) if needed <= cls.offered]

    def accepted(self) -> list[Case]:
        """List the data of the first modality that it plays which it can be built for and does not refuse.

        Raises:
            ConformanceError: there is none.
        """
        return self._accepted[0]

    def first(self) -> Case:
        """Return the first data that it can be built for and plays, without looking at the rest.

        Raises:
            ConformanceError: it refuses all data that offer what it needs.
        """
        for cls in self.modalities():
            for case in cases_of(cls):
                with suppress(RecipeError):
                    if _does(self.build(case), case):
                        return case
        return self.accepted()[0]

    def others(self) -> list[Case]:
        """List such data of every further modality that it plays, one without conditions and one with them."""
        return [case for cases in self._accepted[1:] for case in plainest(cases)]

    @cached_property
    def _accepted(self) -> list[list[Case]]:
        """Cases by modality; of several that offer the same keywords those of one."""
        played: list[list[Case]] = []
        built: list[list[Case]] = []
        tried: list[Case] = []
        refusal, offered = "", set()
        for cls in self.modalities():
            if cls.offered in offered:
                continue
            cases, plays = [], False
            for case in cases_of(cls):
                tried.append(case)
                try:
                    plays |= _does(self.build(case), case)
                except RecipeError as error:
                    refusal = refusal or str(error)
                except GanzooError:
                    if not built:
                        raise
                else:
                    cases.append(case)
            if cases:
                built.append(cases)
            if plays:
                played.append(cases)
                offered.add(cls.offered)
        told = ", ".join(map(str, tried)) or "none"
        require(bool(built), f"it refuses all data that offer what it needs ({told}); of the first it says: {refusal}")
        return played or built[:1]

    def plays_wider(self, case: Case) -> dict[str, bool]:
        """Say of data that it may play beside these, by the words for them, whether it plays all of them."""
        found: dict[str, bool] = {}
        for words, modality in case.modality.wider():
            found[words] = found.get(words, True) and self._plays(Case(modality, case.conditional))
        return found

    def _plays(self, case: Case) -> bool:
        try:
            return _does(self.build(case), case)
        except GanzooError:
            return False


@torch.no_grad()
def _does(player: nn.Module, case: Case) -> bool:
    """Say whether a network makes or judges some data.

    Raises:
        RecipeError: it refuses them, as it plays.
    """
    player.eval()
    try:
        if isinstance(player, Generator):
            return alike(player(player.sample_z(BATCH, device="cpu"), case.conditions()), case.samples())
        player(case.samples(), case.conditions())
    except RecipeError:
        raise
    except (Exception, SystemExit):  # a stranger's code may fail in any way
        return False
    return True


def constructed(findings: Findings, registry: Registry) -> tuple[Builder | None, list[Case]]:
    """Check construction; gives the builder and the data that the part accepts."""
    builder, cases = None, []
    with findings.check("construction") as seen:
        builder = Builder(registry, findings.kind, findings.name, findings.params)
        cases = builder.accepted()
        seen += dict.fromkeys(case.words for case in cases)
        seen += [words if does else f"no {words}" for words, does in builder.plays_wider(cases[0]).items()]
        seen.append(_conditions(cases))
        seen += [f"also {name}" for name in dict.fromkeys(case.modality.name for case in builder.others())]
    return builder, cases


def _conditions(cases: list[Case]) -> str:
    word = "labels" if "num_classes" in cases[0].modality.offered else "conditions"
    return word if any(case.conditional for case in cases) else f"no {word}"


def plainest(cases: list[Case]) -> list[Case]:
    """Choose the first data without conditions and the first with them, as far as they are accepted."""
    groups = [[c for c in cases if not c.conditional], [c for c in cases if c.conditional]]
    return [group[0] for group in groups if group]


def require_gradients(module: nn.Module, case: Case) -> None:
    """Every parameter has a gradient, and it is finite.

    Raises:
        ConformanceError: one has not.
    """
    without = [key for key, p in module.named_parameters() if p.requires_grad and p.grad is None]
    require(not without, f"for {case}, no gradient reaches {listed(without)}")
    broken = [key for key, p in module.named_parameters() if p.grad is not None and not p.grad.isfinite().all()]
    require(not broken, f"for {case}, the gradient of {listed(broken)} is not finite")


def weighted(values: Tensor) -> Tensor:
    """Reduce values to a scalar in which each counts differently."""
    rng = torch.Generator().manual_seed(1)
    return (values * torch.randn(values.shape, generator=rng)).sum()


def require_state(builder: Builder, case: Case, run: Callable[[Any, Case], list[Tensor]]) -> None:
    """Require that a part built from another seed gives the same values once it has loaded the state.

    Raises:
        ConformanceError: it does not.
    """
    first, second = builder.build(case, 0).eval(), builder.build(case, 1).eval()
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    require(
        all(torch.equal(a, b) for a, b in zip(run(first, case), run(second, case), strict=True)),
        f"for {case}, another one that loaded its state_dict gives other values",
    )


def require_repeats(builder: Builder, case: Case, run: Callable[[Any, Case], list[Tensor]]) -> None:
    """Two calls in evaluation mode give the same values.

    Raises:
        ConformanceError: they do not.
    """
    module = builder.build(case).eval()
    require(
        all(torch.equal(a, b) for a, b in zip(run(module, case), run(module, case), strict=True)),
        f"for {case}, two calls in evaluation mode differ",
    )


def check_played(
    findings: Findings, builder: Builder, cases: list[Case], run: Callable[[Any, Case], list[Tensor]]
) -> None:
    """Check a player's state and repeats, and then games of it with the suite's own partner.

    Args:
        findings: take what is found.
        builder: of the player.
        cases: that it is built for.
        run: gives what the player makes of a case.
    """
    for check, look in (("state", require_state), ("repeats", require_repeats)):
        with findings.check(check):
            for case in plainest(cases):
                look(builder, case, run)
    if findings.ok:
        check_game(findings, builder.game(cases[0]))
    if findings.ok:
        check_steps(findings, [builder.game(case) for case in builder.others()])
