"""One player's turn, as lines of a program: each value stands where it is first read."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import RecipeError
from ...interfaces.turn import Player
from ..recipe import Recipe

_RESERVED = {"G", "D", "parts", "loss", "view", "noise", "terms", "average", "deal", "labels", "device", "number"}
_VALUES = ("real", "fake", "y", "y_fake", "z", "on_real", "on_fake")


class Scene:
    """Lines of a turn.

    Args:
        recipe: what is played.
        player: whose turn it is.
        second_order: images of D's turn are differentiated.
        viewed: D is shown a view of images.
        shared: the fakes of D's turn are played on in G's.

    Attributes:
        lines: of the turn so far.
    """

    def __init__(self, recipe: Recipe, player: Player, *, second_order: bool, viewed: bool, shared: bool) -> None:
        self.recipe, self.player, self.viewed, self.shared = recipe, player, viewed, shared
        self.second_order = second_order and player == "D"
        self.lines: list[ast.stmt] = []
        self._known: set[str] = {"fake", "z", "y_fake"} if shared and player == "G" else set()
        self._taken = {*_RESERVED, *_VALUES}

    def fresh(self, name: str) -> str:
        """Return a name that is not in use, like the one given."""
        own, count = name, 2
        while own in self._taken:
            own, count = f"{name}_{count}", count + 1
        self._taken.add(own)
        return own

    def add(self, statement: ast.stmt) -> None:
        """Write a line."""
        self.lines.append(statement)

    def write(self, code: str) -> None:
        """Write lines of code."""
        self.lines += ast.parse(code).body

    def play_on(self) -> None:
        """Begin G's turn with what D's last turn has left: pairs stay together."""
        if self.recipe.conditional and self.recipe.schedule.labels == "paired":
            self.write("real = real.detach()")
            self._known |= {"real", "y"}

    @contextmanager
    def block(self) -> Iterator[list[ast.stmt]]:
        """Write what comes into a block of its own; a value that is first read there is not known after it."""
        lines, known = self.lines, set(self._known)
        inner: list[ast.stmt] = []
        self.lines = inner
        try:
            yield inner
        finally:
            self.lines, self._known = lines, known

    def judged(self, images: ast.expr, y: ast.expr | None) -> ast.expr:
        """Return D's verdict on images."""
        shown = f"view({ast.unparse(images)})" if self.viewed else ast.unparse(images)
        labelled = self.recipe.conditional and y is not None
        code = f"D({shown}, {ast.unparse(y)})" if labelled and y is not None else f"D({shown})"
        return ast.parse(code, mode="eval").body

    def value(self, name: str, title: str) -> ast.expr:
        """Return a value of the turn under its name, computed above if it is not yet.

        Raises:
            RecipeError: it is none that can be written out.
        """
        if name == "player":
            return ast.Constant(self.player)
        if name in ("D", "G"):
            return ast.Name(name)
        if name == "rng":
            return ast.Name("terms")
        if name == "averaged":
            return ast.Name("average")
        if name in ("y", "y_fake") and not self.recipe.conditional:
            return ast.Constant(None)
        if name not in _VALUES:
            raise RecipeError(f"{title} cannot be written out as plain PyTorch: it uses {name!r} of the turn")
        self._need(name)
        return ast.Name(name)

    def _need(self, name: str) -> None:
        if name in self._known:
            return
        getattr(self, f"_{name}")()
        self._known.add(name)

    def _real(self) -> None:
        self.write("real, y = deal()")
        self._known |= {"real", "y"}
        if self.second_order:
            self.write("real.requires_grad_()")

    _y = _real

    def _z(self) -> None:
        self.write(f"z = G.sample_z({self.recipe.schedule.batch}, device=device, rng=noise)")

    def _y_fake(self) -> None:
        if self.recipe.schedule.labels == "paired":
            self._need("y")
            self.write("y_fake = y")
        else:
            n = self.recipe.schedule.batch
            self.write(f"y_fake = labels[torch.randint(len(labels), ({n},), device=device, generator=noise)]")

    def _fake(self) -> None:
        self._need("z")
        if self.recipe.conditional:
            self._need("y_fake")
        made = "G(z, y_fake)" if self.recipe.conditional else "G(z)"
        if self.player == "G":
            self.write(f"fake = {made}")
        elif self.shared:
            self.write(f"live = {made}\nfake = live.detach()")
        else:
            self.write(f"with torch.no_grad():\n    fake = {made}")
        if self.second_order:
            self.write("fake.requires_grad_()")

    def _on_real(self) -> None:
        self._verdict("real", "y")

    def _on_fake(self) -> None:
        self._verdict("fake", "y_fake")

    def _verdict(self, images: str, y: str) -> None:
        if self.recipe.schedule.joint and self.player == "D":
            self._verdicts()
            return
        self._need(images)
        if self.recipe.conditional:
            self._need(y)
        self.add(ast.Assign([ast.Name(f"on_{images}")], self.judged(ast.Name(images), ast.Name(y))))

    def _verdicts(self) -> None:
        for name in ("real", "fake", *(("y_fake",) if self.recipe.conditional else ())):
            self._need(name)
        both = "torch.cat([view(real), view(fake)])" if self.viewed else "torch.cat([real, fake])"
        y = ", torch.cat([y, y_fake])" if self.recipe.conditional else ""
        self.write(
            f"verdicts = D({both}{y})\n"
            "on_real = {name: value[: len(real)] for name, value in verdicts.items()}\n"
            "on_fake = {name: value[len(real) :] for name, value in verdicts.items()}"
        )
        self._known |= {"on_real", "on_fake"}
