"""Names of numbers: the field's names belong to the Inception network that defined them."""

CANONICAL = "inception"


def label(name: str, extractor: str, otherwise: str = "") -> str:
    """``name`` with the published Inception weights, else ``otherwise`` or ``name`` with the extractor in brackets."""
    return name if extractor == CANONICAL else f"{otherwise or name}[{extractor}]"
