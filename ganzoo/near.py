"""What was probably meant by a name that is not there."""

from collections.abc import Iterable


def instead(name: str, known: Iterable[str]) -> str:
    """The end of an error: the near name as a question, or else what there is."""
    import difflib  # only an error needs it

    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"there are: {', '.join(names)}" if names else "there are none"
