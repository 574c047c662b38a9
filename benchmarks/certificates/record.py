"""A certificate: numbers of the authors' code, where they came from, and how far ours were from them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

FOLDER = Path("benchmarks") / "results" / "certificates"
_SHA = r"^[0-9a-f]{40}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Quantity(_Strict):
    """A tensor that the authors' code gave: an output, a loss, or a gradient.

    Attributes:
        name: of the quantity, unique within a certificate.
        shape: of the tensor.
        norm: its Euclidean norm.
        largest: its largest absolute value.
        at: positions in the flattened tensor: some of all, and the one where ours was farthest.
        values: the authors' values there.
        absolute: the largest absolute difference from ours over the whole tensor.
    """

    name: str
    shape: tuple[int, ...]
    norm: float
    largest: float
    at: tuple[int, ...]
    values: tuple[float, ...]
    absolute: float

    @property
    def relative(self) -> float:
        """The largest absolute difference, in units of the largest absolute value."""
        return self.absolute / self.largest if self.largest else self.absolute


class Certificate(_Strict):
    """The record of a comparison with the authors' code: its subject, how it ran, and the numbers of both.

    Attributes:
        part: name of the certificate, and of its module.
        title: what is certified.
        repository: ``owner/name`` on GitHub.
        commit: whose code ran.
        licence: of the authors' code, none of which is here.
        files: of the authors, that ran.
        ran: how they were run.
        compared: the cases.
        departs: where ours differs on purpose, and so was not compared.
        tolerance: the largest relative difference that counts as rounding.
        versions: of what ran both.
        counts: numbers of parameters, equal in both.
        quantities: what was compared.
    """

    part: str
    title: str
    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    commit: Annotated[str, Field(pattern=_SHA)]
    licence: str
    files: tuple[str, ...]
    ran: str
    compared: str
    departs: str
    tolerance: float
    versions: Mapping[str, str]
    counts: Mapping[str, int]
    quantities: tuple[Quantity, ...]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        """Refuse what certifies nothing."""
        beyond = [q.name for q in self.quantities if not q.relative <= self.tolerance]
        if beyond:
            raise ValueError(f"{self.part} differs by more than {self.tolerance:g} in {', '.join(beyond)}")
        if not self.quantities or len({q.name for q in self.quantities}) != len(self.quantities):
            raise ValueError(f"{self.part} needs quantities, each with a name of its own")
        return self

    @property
    def absolute(self) -> float:
        """The largest absolute difference of all quantities."""
        return max(q.absolute for q in self.quantities)

    @property
    def relative(self) -> float:
        """The largest relative difference of all quantities."""
        return max(q.relative for q in self.quantities)


def read(path: Path) -> Certificate:
    """Read and validate a committed certificate."""
    return Certificate.model_validate_json(path.read_text(encoding="utf-8"))


def text(certificate: Certificate) -> str:
    """Write a certificate as JSON, a quantity to a line."""
    head = certificate.model_dump_json(exclude={"quantities"}, indent=1).removesuffix("\n}")
    lines = ",\n".join(f"  {quantity.model_dump_json()}" for quantity in certificate.quantities)
    return f'{head},\n "quantities": [\n{lines}\n ]\n}}\n'
