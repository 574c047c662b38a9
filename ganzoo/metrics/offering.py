"""Keywords that the data offer, given to the extractors and metrics that name them."""

import inspect
from collections.abc import Callable
from typing import Any

from ganzoo.errors import PluginError
from ganzoo.interfaces import Modality


def offered_to(what: str, callee: Callable[..., Any], modality: Modality | None, *given: str) -> dict[str, Any]:
    """Return those of the keywords that data offer which a part names.

    Args:
        what: the part is, for the error: ``extractor sums``.
        callee: its class.
        modality: of the data; None offers nothing.
        given: keywords that it is given anyway.

    Raises:
        PluginError: it needs one that the data do not offer.
    """
    named = inspect.signature(callee).parameters
    offered = {} if modality is None else modality.offers(conditional=True)
    for parameter in named.values():
        if parameter.name in given or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is parameter.empty and parameter.name not in offered:
            told = f"which are told by {', '.join(offered)}" if offered else "of which nothing is told"
            raise PluginError(f"the {what} needs the parameter {parameter.name!r}, which the data do not offer, {told}")
    return {key: value for key, value in offered.items() if key in named and key not in given}
