"""The judgement of what is installed."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from ..registry.registry import CORE
from .facts import Facts
from .finding import Finding

_TOGETHER = (
    "install torch and torchvision of one build, from one index in one command (a CPU-only torch beside the usual "
    "torchvision is the common case); without it, --extractor none, digits or pixels still work"
)


def requirements() -> Iterator[Finding]:
    """Look at each package that ganzoo requires."""
    from packaging.requirements import Requirement

    try:
        lines = requires(CORE) or []
    except PackageNotFoundError:  # a checkout on the path, which nothing installed
        lines = []
    needed = [Requirement(line) for line in lines]
    needed = [one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    misfits = 0
    for one in needed:
        try:
            found = version(one.name)
        except PackageNotFoundError:
            found = ""
        if not found or not one.specifier.contains(found, prereleases=True):
            misfits += 1
            state = f"and {found} is installed" if found else "which is not installed"
            told = f"ganzoo needs {one.name}{one.specifier}, {state}"
            yield Finding("software", one.name, "problem", told, f'pip install "{one.name}{one.specifier}"')
    if needed and not misfits:
        yield Finding("software", "packages", "ok", f"the {len(needed)} required packages are here")


def modules(facts: Facts) -> Iterator[Finding]:
    """Judge torch and what is built upon it."""
    torch = facts.modules["torch"]
    for name, found in facts.modules.items():
        if not found.problem:
            build = f", built for {facts.built_for or 'the CPU alone'}" if name == "torch" else ""
            yield Finding("software", name, "ok", f"{found.version or 'an unknown version'}{build}")
        elif name == "torch":
            yield Finding(
                "software",
                name,
                "problem",
                f"torch {found.version or 'of no version'} cannot be imported ({found.problem})",
                'pip install --force-reinstall "torch>=2.6"',
            )
        elif not found.version:
            yield Finding("software", name, "problem", f"{name} is not installed", _TOGETHER)
        else:
            told = f"{name} {found.version} cannot be imported beside torch {torch.version} ({found.problem})"
            yield Finding("software", name, "problem", told, _TOGETHER)
