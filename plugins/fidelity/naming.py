"""Names of numbers: the field's names belong to the Inception network that defined them."""

CANONICAL = "inception"
PROGRAMS = {"inception-pytorch-fid": "pytorch-fid", "inception-clean-fid": "clean-fid"}  # that see images otherwise


def label(name: str, extractor: str, otherwise: str = "") -> str:
    """``name`` with the published Inception weights, else ``otherwise`` or ``name`` with the extractor in brackets.

    With those weights and another program's preprocessing it is the name with that program in brackets.
    """
    if extractor in PROGRAMS:
        return f"{name}[{PROGRAMS[extractor]}]"
    return name if extractor == CANONICAL else f"{otherwise or name}[{extractor}]"
