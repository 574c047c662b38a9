"""The hooks a plugin may implement. Nothing here, nor in a plugin's hooks, imports torch.

Each hook gets a ``register`` callback and hands over data: a name (lower-case words joined by ``-``), and where
to import the thing from when it is first used. ``summary`` (one line) and ``paper`` may be left out. A plugin is
all or nothing: if one hook fails, or one name is taken, nothing of it is registered and ``ganzoo plugins`` says why.

Several names may stand for one class that differ by an argument: ``params={"divergence": "kl"}`` fixes parameters
of the class for a name. A fixed parameter goes to the constructor or, if the class takes it in ``__init_subclass__``,
to the class, which then knows it before anything is built (as an extractor has to know its ``weights``). A recipe
cannot give a parameter that is fixed. Parts of every kind may have ``params``; recipes have none.

``revision=2`` says that what a generator, discriminator, loss, regularizer, extractor or metric computes is no longer
what it was under the same name; every further change raises it. Numbers of two revisions are never joined or compared,
and those measured before are marked stale. Other parameters in a recipe need no revision.
"""

from collections.abc import Callable

import pluggy

hookspec = pluggy.HookspecMarker("ganzoo")
hookimpl = pluggy.HookimplMarker("ganzoo")

Register = Callable[..., None]


@hookspec
def register_generators(register: Register) -> None:
    """Call ``register(name, "module:Class", summary="...", paper="...")`` for each generator."""


@hookspec
def register_discriminators(register: Register) -> None:
    """Call ``register(name, "module:Class", summary="...", paper="...")`` for each discriminator."""


@hookspec
def register_losses(register: Register) -> None:
    """Call ``register(name, "module:Class", summary="...", paper="...")`` for each loss."""


@hookspec
def register_regularizers(register: Register) -> None:
    """Call ``register(name, "module:Class", summary="...", paper="...")`` for each regularizer."""


@hookspec
def register_recipes(register: Register) -> None:
    """Call ``register(name, path)`` for each recipe; ``path``, of its YAML file, is a ``Path`` or a resource.

    ``measured=path`` names a JSON file of numbers measured with it, for ``ganzoo show``.
    """


@hookspec
def register_datasets(register: Register) -> None:
    """Call ``register(name, "module:Class", summary="...", paper="...")`` for each dataset."""


@hookspec
def register_extractors(register: Register) -> None:
    """Call ``register(name, "module:Class", summary="...", paper="...")`` for each feature extractor."""


@hookspec
def register_metrics(register: Register) -> None:
    """Call ``register(name, "module:Class", summary="...", paper="...")`` for each metric."""


@hookspec
def register_trackers(register: Register) -> None:
    """Call ``register(name, "module:Class", summary="...", paper="...")`` for each tracker."""


@hookspec
def register_executors(register: Register) -> None:
    """Call ``register(name, "module:Class", summary="...", paper="...")`` for each executor."""


@hookspec
def register_modalities(register: Register) -> None:
    """Call ``register(name, "module:Class", summary="...", paper="...")`` for each modality.

    ``name`` is the class's own ``name``, by which its data and its numbers are known.
    """
