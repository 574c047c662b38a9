"""Which part of a step is being played: the trainer is followed from outside, so that it costs nothing otherwise.

Forward: hooks on both players, and wrappers round what deals data, round the terms and round the average, say
when each is entered and left. What is entered last has the time; only a term that differentiates a gradient
keeps all that it starts, the networks' passes included.

Backward: all of it happens in one call, so the graph is labelled. When a place is left, the autograd nodes that
lead to what it gives, and have no label yet, get its name; before a backward pass each node gets a hook that says
whose turn it is. A gradient that a term takes itself is second order, and so are the nodes that this makes: they
are what a second derivative goes through.

What is not exact: a hook costs a few microseconds, which count where they fall; a weight's gradient is added up
in the place of the node before it; a shared pass, such as the verdict on the real images, belongs to a term that
differentiates if that term is the first to ask for it. A term that takes its gradients through another name
than ``torch.autograd.grad`` is only seen where it says that it is of ``second_order``.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ...interfaces import Regularizer
from ...training import Trainer

# In the order in which they are shown.
TITLES = {
    "data": "data",
    "g_forward": "G forward",
    "g_backward": "G backward",
    "d_forward": "D forward",
    "d_backward": "D backward",
    "second_order": "second order",
    "optimizer": "optimizer, EMA",
    "other_terms": "other terms",
    "host": "host",
}
_BACKWARD = {"g_forward": "g_backward", "d_forward": "d_backward", "second_order": "second_order"}
_PENALTIES = ("d_penalty", "g_penalty")
_MOMENTS = ("recast", "view", *_PENALTIES, "after_step")
_LABEL, _HOOKED = "ganzoo.place", "ganzoo.hooked"


class Watch(Protocol):
    """Is told which place the step comes to."""

    def switch(self, place: str | None) -> None:
        """From now on it is this place; None: nothing that belongs to the step."""


class Stopwatch:
    """The time of this process in each place.

    Attributes:
        seconds: by place.
    """

    def __init__(self) -> None:
        self.seconds: Counter[str | None] = Counter()
        self._place: str | None = None
        self._since = time.perf_counter()

    def switch(self, place: str | None) -> None:
        """See ``Watch.switch``."""
        if place != self._place:
            now = time.perf_counter()
            self.seconds[self._place] += now - self._since
            self._place, self._since = place, now


class StepPhases:
    """Tells a watch where the steps of a trainer are.

    Args:
        trainer: whose steps are played eagerly.
        watch: is told.

    Attributes:
        passes: forward passes of each player so far, whoever asked for them.
    """

    def __init__(self, trainer: Trainer, watch: Watch) -> None:
        self.trainer, self.watch = trainer, watch
        self.passes = {"G": 0, "D": 0}
        self._entered = ["host"]
        self._terms = 0  # of the places entered, how many are of loss and regularizers
        self._to: dict[str, Callable[[Any], None]] = {place: self._hook(place) for place in TITLES}

    # -- where the step is ---------------------------------------------------------------------------------

    def _enter(self, place: str) -> None:
        if self._entered[-1] == "second_order" and place != "data":
            place = "second_order"
        self._entered.append(place)
        self.watch.switch(place)

    def _leave(self, given: Any) -> None:
        place = self._entered.pop()
        self.watch.switch(None)
        _label(given, place)
        self.watch.switch(self._entered[-1])

    def _hook(self, place: str) -> Callable[[Any], None]:
        def before_a_node(_: Any) -> None:
            self.watch.switch(place)

        return before_a_node

    # -- following -----------------------------------------------------------------------------------------

    @contextmanager
    def followed(self) -> Iterator[None]:
        """While the block runs, the watch is told; all that is played belongs to some place."""
        with ExitStack() as undo:
            self._follow(undo)
            self.watch.switch("host")
            yield
            self.watch.switch(None)

    def _follow(self, undo: ExitStack) -> None:
        trainer, parts = self.trainer, self.trainer.parts
        for owner, method in (
            (trainer.feed, "load"),
            (trainer.feed, "begin"),
            (trainer.dealer, "real"),
            (trainer.dealer, "labels"),
            (parts.G, "sample_z"),
        ):
            self._wrap(undo, owner, method, "data")
        self._wrap(undo, trainer.average, "follow", "optimizer")
        for player, network in (("G", parts.G), ("D", parts.D)):
            self._follow_network(undo, player, network)
        for optimizer in trainer.optimizers.values():
            # Functions, not methods: a term may copy a player, hooks and all, and must not copy this object.
            undo.callback(optimizer.register_step_pre_hook(lambda *_: self._enter("optimizer")).remove)
            undo.callback(optimizer.register_step_post_hook(lambda *_: self._leave(None)).remove)
        for moment in ("d_loss", "g_loss"):
            self._wrap(undo, parts.loss, moment, "other_terms", term=True)
        for regularizer in parts.regularizers:
            for moment in _MOMENTS:
                if getattr(type(regularizer), moment) is not getattr(Regularizer, moment):
                    self._wrap(undo, regularizer, moment, _place_of(regularizer, moment), term=True)
        self._replace(undo, torch.autograd, "backward", self._backward(torch.autograd.backward))
        self._replace(undo, torch.autograd, "grad", self._gradient(torch.autograd.grad))

    def _follow_network(self, undo: ExitStack, player: str, network: nn.Module) -> None:
        place = f"{player.lower()}_forward"

        def enter(*_: Any) -> None:
            self.passes[player] += 1
            self._enter(place)

        def leave(module: nn.Module, taken: Any, given: Any) -> None:
            self._leave(given)

        undo.callback(network.register_forward_pre_hook(enter).remove)
        undo.callback(network.register_forward_hook(leave).remove)

    def _wrap(self, undo: ExitStack, owner: Any, method: str, place: str, *, term: bool = False) -> None:
        original = getattr(owner, method)

        def followed(*args: Any, **kwargs: Any) -> Any:
            self._terms += term
            self._enter(place)
            given = original(*args, **kwargs)
            self._leave(given)
            self._terms -= term
            return given

        self._replace(undo, owner, method, followed)

    @staticmethod
    def _replace(undo: ExitStack, owner: Any, name: str, value: Any) -> None:
        if name in vars(owner):
            undo.callback(setattr, owner, name, vars(owner)[name])
        else:
            undo.callback(delattr, owner, name)
        setattr(owner, name, value)

    # -- backward ------------------------------------------------------------------------------------------

    def _backward(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """The same as ``original``, with every node of the graph saying whose it is."""

        def followed(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            self.watch.switch(None)
            for node in _graph(tensors, _HOOKED):
                node.register_prehook(self._to[_BACKWARD.get(node.metadata.get(_LABEL), "other_terms")])
                node.metadata[_HOOKED] = True
            self.watch.switch("other_terms")
            given = original(tensors, *args, **kwargs)
            self.watch.switch(self._entered[-1])
            return given

        return followed

    def _gradient(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """``torch.autograd.grad``: a term's own gradient, or the backward pass of a trainer that wants both at once."""
        backward = self._backward(original)

        def followed(outputs: Any, *args: Any, **kwargs: Any) -> Any:
            if not self._terms:
                return backward(outputs, *args, **kwargs)
            self._enter("second_order")
            given = original(outputs, *args, **kwargs)
            self._leave(given)
            return given

        return followed


def _place_of(regularizer: Regularizer, moment: str) -> str:
    differentiates = regularizer.second_order or regularizer.through_loss
    return "second_order" if differentiates and moment in ("recast", *_PENALTIES) else "other_terms"


def _tensors(given: Any) -> Iterator[Tensor]:
    if isinstance(given, Tensor):
        yield given
    elif isinstance(given, dict):
        for value in given.values():
            yield from _tensors(value)
    elif isinstance(given, tuple | list):
        for value in given:
            yield from _tensors(value)


def _graph(given: Any, mark: str) -> Iterator[Any]:
    """The autograd nodes that lead to ``given``, without leaves, and without those marked and what is below them.

    Whoever asks sets the mark.
    """
    pending = [tensor.grad_fn for tensor in _tensors(given)]
    while pending:
        node = pending.pop()
        # A leaf adds a weight's gradient up: it outlives the graph, and belongs to nobody.
        if node is None or not node.next_functions or mark in node.metadata:
            continue
        yield node
        pending.extend(below for below, _ in node.next_functions)


def _label(given: Any, place: str) -> None:
    for node in _graph(given, _LABEL):
        node.metadata[_LABEL] = place
