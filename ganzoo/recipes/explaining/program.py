"""A recipe in, the text of a program out."""

import ast
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import torch

from ...errors import RecipeError
from ...interfaces import Modality, Regularizer
from ...interfaces.size import Size
from ...interfaces.turn import Player
from ..building.build import Parts
from ..building.optimizer import optimizer_class
from ..changing import schedules_of
from ..recipe import Optimizer, Recipe
from ..schedules.averaging import Averaging
from .functions import Preamble
from .inlining import Inliner
from .scene import Scene

_SCALED = """

def scaled(modules, lr, scale):  # a group for each weight: the longest beginning of its name decides its rate
    for before, module in modules:
        for name, weight in module.named_parameters():
            fits = [key for key in scale if f"{before}{name}.".startswith(f"{key}.")]
            yield {"params": [weight], "lr": lr * scale.get(max(fits, key=len, default=""), 1.0)}


""".splitlines()
_MOMENTS = {"D": "d_penalty", "G": "g_penalty"}


def explained(
    recipe: Recipe,
    parts: Parts,
    spec: str,
    *,
    image_size: Size = 0,
    channels: int = 0,
    num_classes: int = 0,
    modality: Modality | None = None,
) -> str:
    """Return a program that builds a recipe's networks and has its whole step as one function, ``step``.

    It computes what the engine computes, in float32; value by value but for the rounding of fused optimizers.

    Args:
        recipe: what is played.
        parts: its parts, built.
        spec: of the recipe, as the command line names it.
        image_size: of the images, as ``build`` takes it.
        channels: of the images.
        num_classes: how many labels the data has; 0 for none.
        modality: of the data, in place of a shape of images.

    Raises:
        RecipeError: it cannot be written so; the sentence says why, and which command tells of the step instead.
    """
    try:
        if modality is None:
            data = f"image_size={image_size!r}, channels={channels}, num_classes={num_classes}"
            return _Program(recipe, parts, spec, data).text()
        _require_lone(recipe, modality)
        values = {one.name: getattr(modality, one.name) for one in fields(modality) if one.init}  # type: ignore[arg-type]
        program = _Program(recipe, parts, spec, f"modality={ {'name': modality.name, **values}!r}")
        program.things = f"real {modality.plural} as they play and their conditions"
        return program.text()
    except RecipeError as error:
        instead = f"`ganzoo show {shlex.quote(spec)} --graph` lists what each turn reads and moves"
        raise RecipeError(f"{error}; {instead}") from error


def _require_lone(recipe: Recipe, modality: Modality) -> None:
    """Refuse samples and conditions of several tensors.

    Raises:
        RecipeError: they are such.
    """
    rng = torch.Generator().manual_seed(0)
    for what, one in zip(
        ("samples", "conditions"), modality.play(modality.example(), flips=False, rng=rng), strict=True
    ):
        if isinstance(one, Mapping):
            raise RecipeError(
                f"recipe {recipe.name!r} cannot be written out as plain PyTorch: {what} of the modality "
                f"{modality.name!r} are several tensors ({', '.join(one)}), and a step can be written for one only"
            )


class _Program:
    things = "real images in [-1, 1] and their labels"

    def __init__(self, recipe: Recipe, parts: Parts, spec: str, data: str) -> None:
        self.recipe, self.parts, self.spec, self.data = recipe, parts, spec, data
        self.preamble = Preamble()
        self._require_plain()

    def _require_plain(self) -> None:
        """Refuse what the text would have to get wrong.

        Raises:
            RecipeError: the recipe has such a thing.
        """
        refused = f"recipe {self.recipe.name!r} cannot be written out as plain PyTorch: "
        if changing := list(schedules_of(self.recipe)):
            raise RecipeError(f"{refused}{changing[0]} changes over the run")
        if self.recipe.schedule.order == "simultaneous":
            raise RecipeError(f"{refused}both players move at once (schedule.order: simultaneous)")
        for i, regularizer in enumerate(self.parts.regularizers):
            if _overrides(regularizer, "recast"):
                raise RecipeError(f"{refused}{self.parts.titles[f'regularizer.{i}']} replaces the turn that is played")
            if _overrides(regularizer, "before_step"):
                raise RecipeError(f"{refused}{self.parts.titles[f'regularizer.{i}']} changes gradients before a step")
        if self.parts.D.heads:
            raise RecipeError(f"{refused}{self.parts.titles['D']} has several heads, and the loss is taken of each")

    def text(self) -> str:
        schedule, indent = self.recipe.schedule, "    "
        turns = {player: self._turn(player) for player in ("D", "G")}
        d_turn, g_turn = turns["D"].splitlines(), turns["G"].splitlines()
        body = ["# D's turn", *d_turn]
        if schedule.d_steps > 1:
            head = f"for turn in range(number * {schedule.d_steps}, (number + 1) * {schedule.d_steps}):  # of D"
            body = [head, *(indent + line for line in d_turn)]
        body += ["", "# G's turn", *g_turn, *self._average(), "return d_loss.detach(), g_loss.detach()"]
        step = "\n".join(indent + line if line else "" for line in body)
        names = "(number, deal, labels)" if self.recipe.conditional else "(number, deal)"
        given = ", of `labels` those of the training set" if self.recipe.conditional else ""
        doc = f'    """Play step `number`, from 0; `deal()` gives {schedule.batch} {self.things} or None{given}."""\n'
        defined = [f"\n\n{code}\n" for code in self.preamble.definitions.values()]
        head = f'"""The training step of {self.spec}, in plain PyTorch; written by `ganzoo explain`."""\n\n'
        imports = {"import torch", "from ganzoo import build", *self.preamble.imports}
        if self._averages():
            imports.add("import copy")
        lines = sorted(imports, key=lambda line: (line.startswith("from"), line))
        built = f"build({self.spec!r}, {self.data}, seed=0)"
        return (
            head
            + "\n".join(lines)
            + f'\n\ndevice = "cpu"\nparts = {built}\n'
            + "\n".join(self._setup())
            + "\n"
            + "".join(defined)
            + f"\n\ndef step{names}:\n{doc}{step}\n"
        )

    def _setup(self) -> list[str]:
        recipe = self.recipe
        lines = [f"{name} = parts.{name}.to(device)" for name in ("G", "D")]
        terms = self.parts.regularizers
        learning = [("parts.loss", "loss.")] * bool(list(self.parts.loss.parameters()))
        for i, (term, part) in enumerate(zip(terms, recipe.regularizers, strict=True)):
            if list(term.parameters()):
                learning.append((f"parts.regularizers[{i}]", f"regularizers.{part.name}."))
        if recipe.d_optimizer.scale or recipe.g_optimizer.scale:
            lines = [*_SCALED, *lines]
        lines.append(f"d_optimizer = {_optimizer(recipe.d_optimizer, [('D', ''), *learning])}")
        lines.append(f"g_optimizer = {_optimizer(recipe.g_optimizer, [('G', '')])}")
        lines.append("noise = torch.Generator(device).manual_seed(0)  # of latents and labels")
        lines.append("terms = torch.Generator(device).manual_seed(1)  # of draws in loss and penalties")
        if self._averages():
            lines.append("average = copy.deepcopy(G).requires_grad_(False).eval()  # the generator that is evaluated")
        views = [i for i, term in enumerate(terms) if _overrides(term, "view")]
        if views:
            shown = "x"
            for i in views:
                shown = f"parts.regularizers[{i}].view({shown})"
            lines += ["", "", "def view(x):  # what D is shown of images", f"    return {shown}"]
        return lines

    def _turn(self, player: Player) -> str:
        schedule, terms = self.recipe.schedule, self.parts.regularizers
        second = any(t.second_order and any(_overrides(t, m) for m in ("d_penalty", "recast")) for t in terms)
        viewed = any(_overrides(term, "view") for term in terms)
        scene = Scene(self.recipe, player, second_order=second, viewed=viewed, shared=schedule.share_fakes)
        if player == "G" and schedule.share_fakes:
            scene.write("fake = live")
            scene.play_on()
        total = f"{player.lower()}_loss"
        value = self._inliner(scene, "loss").call(total)
        scene.write(f"{total} = {ast.unparse(value or ast.Constant(0))}")
        for i, term in enumerate(terms):
            if _overrides(term, _MOMENTS[player]):
                self._penalty(scene, i, term, total)
        scene.write(f"{total[0]}_optimizer.zero_grad()\n{total}.backward()\n{total[0]}_optimizer.step()")
        for i, term in enumerate(terms):
            if _overrides(term, "after_step"):
                with scene.block() as lines:
                    self._inliner(scene, f"regularizer.{i}").call("after_step")
                if lines:
                    scene.write("with torch.no_grad():\n    pass")
                    held: Any = scene.lines[-1]
                    held.body = lines
        return ast.unparse(ast.fix_missing_locations(ast.Module(scene.lines, [])))

    def _penalty(self, scene: Scene, i: int, term: Regularizer, total: str) -> None:
        factor = float(term.weight) * term.every

        def add() -> None:
            value = self._inliner(scene, f"regularizer.{i}").call(_MOMENTS[scene.player])
            if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
                scene.write(f"{total} = {total} + {factor!r} * ({ast.unparse(value)})")

        if term.every == 1:
            add()
            return
        with scene.block() as lines:
            add()
        if lines:
            turn = "turn" if scene.player == "D" and self.recipe.schedule.d_steps > 1 else "number"
            scene.write(f"if {turn} % {term.every} == 0:\n    pass")
            held: Any = scene.lines[-1]
            held.body = lines

    def _inliner(self, scene: Scene, name: str) -> Inliner:
        part = self.parts.modules()[name]
        path = f"parts.regularizers[{name.partition('.')[2]}]" if "." in name else "parts.loss"
        return Inliner(scene, self.preamble, part, path, self.parts.titles[name])

    def _averages(self) -> bool:
        return self.recipe.schedule.ema != 0

    def _average(self) -> list[str]:
        ema = self.recipe.schedule.ema
        if not self._averages():
            return []
        decay, warmup = repr(ema), True
        if isinstance(ema, Averaging):
            images = self.recipe.schedule.batch * self.recipe.schedule.d_steps
            decay = repr(ema.decay) if ema.decay is not None else f"0.5 ** ({images} / (1000 * {ema.halflife!r}))"
            warmup = ema.warmup
        return [
            "",
            "# the averaged generator; running statistics are averaged, other buffers copied",
            f"decay = min({decay}, (1 + number) / (10 + number))" if warmup else f"decay = {decay}",
            "with torch.no_grad():",
            "    for mean, live in zip(average.parameters(), G.parameters()):",
            "        mean.lerp_(live, 1 - decay)",
            "    for (name, mean), live in zip(average.named_buffers(), G.buffers()):",
            '        follows = name.endswith(("running_mean", "running_var"))',
            "        mean.lerp_(live, 1 - decay) if follows else mean.copy_(live)",
        ]


def _overrides(term: Regularizer, name: str) -> bool:
    return getattr(type(term), name) is not getattr(Regularizer, name)


def _optimizer(spec: Optimizer, modules: Sequence[tuple[str, str]]) -> str:
    """Write the making of an optimizer; of each module whose weights it moves, also the beginning of their names."""
    weights = f"{modules[0][0]}.parameters()"
    if len(modules) > 1:
        weights = f"[{', '.join(f'*{module}.parameters()' for module, _ in modules)}]"
    if spec.scale:
        parts = ", ".join(f"({before!r}, {module})" for module, before in modules)
        weights = f"scaled([{parts}], {spec.lr!r}, {spec.scale!r})"
    params = {key: tuple(value) if isinstance(value, list) else value for key, value in spec.params.items()}
    given = "".join(f", {key}={value!r}" for key, value in params.items())
    return f"torch.optim.{optimizer_class(spec.name).__name__}({weights}, lr={spec.lr!r}{given})"
