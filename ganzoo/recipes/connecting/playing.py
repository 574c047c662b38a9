"""One turn of each player, played on noise so that it is seen which parts read what."""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import RecipeError
from ...interfaces import Modality, Regularizer, Turn
from ...interfaces.size import sides
from ...interfaces.turn import Player as Who
from ..building.build import Parts
from ..building.old_shapes import NUMBERS, PICTURES
from ..recipe import Recipe
from .game import Connections, Player, Say
from .observed import Log, ObservedTurn

FEW = 8  # samples that are played, where the recipe's batch can be divided so
_PENALTY = {"D": "d_penalty", "G": "g_penalty"}


def connections(recipe: Recipe, parts: Parts) -> Connections:
    """Play one turn of each player on noise, and tell what each part did in it.

    No optimizer moves, so the parts are as they were but for what they remember.

    Args:
        recipe: what is played.
        parts: its parts, built for some data; not for further use.

    Raises:
        RecipeError: a part fails while it is played, whatever the number of images.
    """
    batch = recipe.schedule.batch
    few = next((n for n in range(FEW, batch) if batch % n == 0), batch)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            return _Game(recipe, parts, few).found()
        except RecipeError:
            if few == batch:
                raise
        return _Game(recipe, parts, batch).found()  # such as a D that packs more images than these few


class _Game:
    """Plays turns of a few images."""

    def __init__(self, recipe: Recipe, parts: Parts, batch: int) -> None:
        self.recipe, self.parts, self.batch, self.log = recipe, parts, batch, Log()
        self.rng = torch.Generator().manual_seed(0)
        named = [recipe.loss, *recipe.regularizers]
        kinds = ["loss", *["regularizer"] * len(recipe.regularizers)]
        self.names = [f"{kind} {part.name}" for kind, part in zip(kinds, named, strict=True)]
        self.now = "a part"
        learned = any(term.reads_average for term in (parts.loss, *parts.regularizers))
        self.modality: Modality | None = getattr(parts.D, "modality", None)
        self.averaged = copy.deepcopy(parts.G).eval().requires_grad_(False) if learned else None

    def found(self) -> Connections:
        """Play, and tell."""
        try:
            players = self._players()
            self.log.watch(self.parts.G, "G")
            self.log.watch(self.parts.D, "D")
            turns = self._turns()
        except Exception as error:  # of a stranger's part, whatever it is
            reason = " ".join(str(error).split()) or type(error).__name__
            raise RecipeError(f"{self.now} cannot be played on noise: {reason}") from error
        terms = [self.parts.loss, *self.parts.regularizers]
        shaping = {name for player in players.values() for name in player.changed_by}
        told = shaping | {say.term for says in turns.values() for say in says}
        counts = {name: _numbers(term) for name, term in zip(self.names, terms, strict=True)}
        return Connections(
            players,
            {name: count for name, count in counts.items() if count},
            turns,
            tuple(name for name in self.names if name not in told),
        )

    def _players(self) -> dict[str, Player]:
        G, D, recipe = self.parts.G, self.parts.D, self.recipe
        places = {f"regularizer.{i}": name for i, name in enumerate(self.names[1:])} | {"loss": self.names[0]}
        with torch.no_grad():
            self.now = f"generator {recipe.generator.name}"
            z = G.sample_z(self.batch, device="cpu", rng=self.rng)
            made = G(z, self._conditions(G))
            self.now = f"discriminator {recipe.discriminator.name}"
            verdict = D(made, self._conditions(D))
        shapes = {name: tuple(value.shape[1:]) for name, value in verdict.items()}
        samples = made if isinstance(made, Mapping) else {"": made}
        named = {name: tuple(tensor.shape[1:]) for name, tensor in samples.items()}
        image = named.get("", ())
        word = "images" if self.modality is None or self.modality.name in (PICTURES, NUMBERS) else "samples"
        given = {name or word: shape for name, shape in named.items()}
        shaped = {
            player: tuple(places[name] for name in names)
            for player, names in (("G", self.parts.shaped_by), ("D", self.parts.D_shaped_by))
        }
        return {
            "G": Player(recipe.generator.name, _numbers(G), tuple(z.shape[1:]), given, shaped["G"]),
            "D": Player(
                recipe.discriminator.name, _numbers(D), image, shapes, shaped["D"], {} if "" in named else named
            ),
        }

    def _conditions(self, player: Any) -> Any:
        """Return conditions as they play; None where the players see none."""
        if self.modality is not None:
            return self._played()[1]
        classes = player.num_classes
        return torch.randint(classes, (self.batch,), generator=self.rng) if classes else None

    def _played(self) -> tuple[Any, Any]:
        """Return rows of the modality's example as they play."""
        assert self.modality is not None
        x, y = self.modality.play(self.modality.example(self.batch), flips=False, rng=self.rng)
        return x, y if self.recipe.conditional else None

    def _turns(self) -> dict[str, tuple[Say, ...]]:
        simultaneous, shared = self.recipe.schedule.order == "simultaneous", self.recipe.schedule.share_fakes
        d_turn, before = self._turn("D", None, live=simultaneous, keeps_graph=shared)
        of_d = (*before, *self._descents(d_turn))
        seen = d_turn.seen() if simultaneous else d_turn.played_on() if shared else None
        g_turn, recast = self._turn("G", seen, live=simultaneous)
        of_g = (*recast, *self._descents(g_turn))
        alters = [Say(name, "alters") for name, _ in self._terms("before_step")]  # gradients, of which there are none
        return {"D": (*of_d, *alters, *self._followed(d_turn)), "G": (*of_g, *alters, *self._followed(g_turn))}

    def _turn(self, player: Who, seen: dict[str, Any] | None, **graph: bool) -> tuple[Turn, list[Say]]:
        recipe, G, D = self.recipe, self.parts.G, self.parts.D
        second = any(
            term.second_order and (_has(term, _PENALTY[player]) or _has(term, "recast"))
            for term in self.parts.regularizers
        )
        turn: Turn = ObservedTurn(
            player,
            G,
            D,
            log=self.log,
            deal=self._deal,
            draw_z=lambda: G.sample_z(self.batch, device="cpu", rng=self.rng),
            draw_y=lambda: self._conditions(G),
            view=self._view,
            loss=self.parts.loss,
            rng=self.rng,
            joint=recipe.schedule.joint,
            paired=recipe.conditional and recipe.schedule.labels == "paired",
            second_order=player == "D" and second,
            averaged=self.averaged,
            seen=seen,
            **graph,
        )
        says = [Say(name, "shows") for name, _ in self._terms("view")]
        for name, term in self._terms("recast"):
            with self._noting(name, term) as say:
                turn = term.recast(turn)
            if self.log.replaces:
                says.append(say("recasts", replaces=tuple(self.log.replaces), derivative=term.second_order))
        return turn, says

    def _deal(self) -> tuple[Tensor, Tensor | None]:
        if self.modality is not None:
            return self._played()
        D = self.parts.D
        real = torch.rand(self.batch, D.channels, *sides(D.image_size), generator=self.rng) * 2 - 1
        return real, self._conditions(D)

    def _view(self, x: Tensor) -> Tensor:
        for term in self.parts.regularizers:
            x = term.view(x)
        return x

    def _terms(self, moment: str) -> Iterator[tuple[str, Regularizer]]:
        for name, term in zip(self.names[1:], self.parts.regularizers, strict=True):
            if _has(term, moment):
                yield name, term

    @contextmanager
    def _noting(self, name: str, term: nn.Module, *, stepped: bool = False) -> Iterator[Callable[..., Say]]:
        """Note what a term reads within; gives what makes a ``Say`` of it.

        Args:
            name: of the term.
            term: itself.
            stepped: after a step it is also noted whose weights it changes, and what lies deep in the term counts as
                remembered; before, that are statistics which any pass moves.
        """
        self.now = name

        def held() -> dict[str, list[Tensor]]:
            weights = {player: list(getattr(self.parts, player).parameters()) for player in "GD" if stepped}
            return {"term": list(term.buffers(recurse=stepped)), **weights}

        before = {place: [value.detach().clone() for value in values] for place, values in held().items()}

        def say(does: str, **more: Any) -> Say:
            after = held()
            moved = [place for place, values in before.items() if not _same(values, after[place])]
            moves = tuple(place for place in moved if place != "term")
            return Say(name, does, tuple(self.log.reads), moves=moves, remembers="term" in moved, **more)

        with self.log.taken():
            yield say

    def _descents(self, turn: Turn) -> list[Say]:
        loss, player = self.parts.loss, turn.player
        with self._noting(self.names[0], loss) as say:
            for head in turn.by_head():
                loss.d_loss(head) if player == "D" else loss.g_loss(head)
        says = [say("descends", derivative=loss.second_order)]
        for name, term in self._terms(_PENALTY[player]):
            with self._noting(name, term) as say:
                penalty = turn.penalty(term)
            if penalty is not None:
                factor = term.weight if isinstance(term.weight, int | float) else None
                derivative = term.second_order or term.through_loss
                says.append(say("descends", factor=factor, every=term.every, derivative=derivative))
        return says

    def _followed(self, turn: Turn) -> list[Say]:
        says = []
        for name, term in self._terms("after_step"):
            with self._noting(name, term, stepped=True) as say:
                term.after_step(turn)
            if (one := say("follows")).moves or one.remembers:
                says.append(one)
        return says


def _has(term: Regularizer, moment: str) -> bool:
    return getattr(type(term), moment) is not getattr(Regularizer, moment)


def _numbers(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters() if weight.requires_grad)


def _same(before: list[Tensor], after: list[Tensor]) -> bool:
    return len(before) == len(after) and all(map(torch.equal, before, after))
