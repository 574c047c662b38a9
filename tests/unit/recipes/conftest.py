import pytest

from ganzoo.registry.registry import Entry, Registry


@pytest.fixture
def write(tmp_path):
    """Write a text to a file of the test's own, and give its path."""

    def write(text, name="mine.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def five_parts():
    """A registry of one generator, one discriminator, one loss, and two regularizers, that no class stands behind."""
    made = Registry()
    names = [
        ("generator", "g"),
        ("discriminator", "d"),
        ("loss", "hinge"),
        ("regularizer", "r1"),
        ("regularizer", "gp"),
    ]
    made.add([Entry(kind, name, "m:C", "a") for kind, name in names])
    return made
