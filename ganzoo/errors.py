"""Errors that are the user's to mend. The command line prints them in one line, without a traceback."""

from collections.abc import Iterable

from .text import cut_lines

_LONGEST = 10_000  # characters of a line of an error: it may hold what somebody typed, or a file's content


class GanzooError(Exception):
    """Base of them all. Of a line that is longer than any screen the beginning and the end are kept.

    Attributes:
        exit_code: what the command exits with: 1 for a run that failed, 2 for bad input, 3 for a machine that lacks
            something.
    """

    exit_code: int = 2

    def __init__(self, *told: object) -> None:
        super().__init__(*(cut_lines(text, _LONGEST) if isinstance(text, str) else text for text in told))


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


class CheckpointError(GanzooError):
    """A checkpoint that is damaged, or that holds the state of other parts."""


class SetupError(GanzooError):
    """This machine lacks something: weights, a device, disk space, a free folder."""

    exit_code = 3


class RunError(GanzooError):
    """A run that failed, diverged or was out of memory, where its end was needed."""

    exit_code = 1


MOST_LISTED = 40  # names in one error
_MISSPELT = 0.8  # the likeness of names from which one is taken for the other, misspelt; below, for another name


def first_line(error: BaseException, most: int | None = None) -> str:
    """Give the first line of what an error says, at most so many characters; its class where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip()[:most]


def class_and_first_line(error: BaseException, most: int | None = None) -> str:
    """Give an error's class and the first line of what it says; the class alone where it says nothing."""
    name = type(error).__name__
    return f"{name}: {first_line(error, most)}" if str(error).strip() else name


def suggest(name: str, known: Iterable[str], many: str = "", beside: str = "") -> str:
    """Return the end of an error: the near name as a question, or else what there is.

    Args:
        name: that is not known.
        known: the names that are.
        many: the command that lists them, told in place of more than 40.
        beside: what is told after them, but not after a near name.
    """
    import difflib  # only an error needs it

    names = list(known)
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=_MISSPELT)
    near = near or _within(str(name), names) or difflib.get_close_matches(str(name), names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    if many and len(names) > MOST_LISTED:
        return f"`{many}` shows the {len(names)} that there are{beside}"
    return (f"there are: {', '.join(names)}" if names else "there are none") + beside


def _within(name: str, known: Iterable[str]) -> list[str]:
    """Return the longest known name whose words stand in a name one after another, as ``dcgan`` in ``digits-dcgan``."""
    inside = [one for one in known if one and f"-{one}-" in f"-{name.lower().replace('_', '-')}-"]
    return sorted(inside, key=len, reverse=True)[:1]
