"""The page of certificates: parts that were compared with their authors' code."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.certificates.record import FOLDER, Certificate, read

from .markdown import code, escaped, sentence, table
from .page import link, page

CERTIFICATES = "docs/results/certificates.md"
MODULES = "benchmarks/certificates"


def certificates_page(root: Path) -> str:
    """Give the page, from what is committed below benchmarks/results/certificates."""
    found = [read(path) for path in sorted((root / FOLDER).glob("*.json"))]
    intro = (
        "Each part here was run beside its authors' code, on a CPU: the same weights, by a formula of name and index, "
        "in both networks, the same inputs, and the same random draws. Outputs, gradients with respect to inputs and "
        "parameters, and numbers of parameters were compared. A difference is the largest of all quantities; a "
        "relative one is in units of the quantity's largest absolute value: 1e-15 is the rounding of float64."
    )
    how = (
        "None of the authors' code is in this repository: what is committed are numbers that it gave. The tests hold "
        "ours to them, without the authors' code. To make a certificate anew:"
    )
    if not found:
        return page("Certificates", [intro, "No certificates are committed yet."])
    one = found[0]
    command = (
        f"```sh\ngit clone https://github.com/{one.repository} theirs && git -C theirs checkout {one.commit}\n"
        f"python -m benchmarks.certificates {one.part} --clone theirs\n```"
    )
    head = ("part", "repository", "commit", "numbers", "largest difference", "relative")
    details = [text for certificate in found for text in _details(certificate)]
    return page("Certificates", [intro, table(head, map(_row, found)), how, command, *details])


def _row(certificate: Certificate) -> Sequence[str]:
    address = f"https://github.com/{certificate.repository}"
    return (
        link(escaped(certificate.title), f"{FOLDER.as_posix()}/{certificate.part}.json", CERTIFICATES),
        f"[{escaped(certificate.repository)}]({address})",
        f"[{code(certificate.commit[:7])}]({address}/tree/{certificate.commit})",
        str(len(certificate.quantities) + len(certificate.counts)),
        f"{certificate.absolute:.1e}",
        f"{certificate.relative:.1e}",
    )


def _details(certificate: Certificate) -> Sequence[str]:
    """Say what was run and compared, and what was not."""
    module = link(code(f"{certificate.part}.py"), f"{MODULES}/subjects/{certificate.part}.py", CERTIFICATES)
    said = {
        "Compared": sentence(certificate.compared),
        "Departs": sentence(certificate.departs),
        "Theirs": sentence(f"{certificate.ran}; {', '.join(certificate.files)}"),
        "Parameters": sentence("; ".join(f"{name}: {number:,}" for name, number in certificate.counts.items())),
        "Licence of their code": sentence(certificate.licence),
    }
    lines = [f"- {name}: {escaped(text)}" for name, text in said.items() if text]
    versions = ", ".join(f"{name} {version}" for name, version in certificate.versions.items())
    return [f"## {escaped(certificate.title)}", "\n".join([*lines, f"- Made by {module}, with {escaped(versions)}."])]
