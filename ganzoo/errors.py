"""Errors that are the user's to mend. The command line prints them in one line, without a traceback."""


class GanzooError(Exception):
    """Base of them all.

    Attributes:
        exit_code: what the command exits with: 2 for bad input, 3 for a machine that lacks something.
    """

    exit_code: int = 2


class UnknownName(GanzooError):
    """A name that no installed plugin registers."""


class PluginError(GanzooError):
    """A plugin that cannot be loaded, or that breaks an interface."""


class RecipeError(GanzooError):
    """A recipe that does not parse, or whose parts do not fit together."""


class DataError(GanzooError):
    """Images that are missing, broken or do not fit together."""


class MetricError(GanzooError):
    """A number that cannot be computed from what there is."""


class SetupError(GanzooError):
    """This machine lacks something: weights, a device, disk space, a free folder."""

    exit_code = 3
