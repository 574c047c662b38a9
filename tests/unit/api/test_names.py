"""The public names: lazy, listed, and together with the packages of the same name."""

import subprocess
import sys
from types import ModuleType

import pytest

import ganzoo
from ganzoo.api.names import PACKAGES, PUBLIC

HEAVY = ("torch", "numpy", "PIL", "pydantic", "rich", "click")


def test_importing_it_imports_nothing_heavy():
    code = f"import sys, ganzoo; dir(ganzoo); print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_name_is_listed():
    assert {*PUBLIC, "API_VERSION", "hookimpl", "__version__"} == set(ganzoo.__all__)
    assert set(ganzoo.__all__) <= set(dir(ganzoo))


@pytest.mark.parametrize("name", PUBLIC)
def test_each_name_can_be_imported(name):
    assert callable(getattr(ganzoo, name))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        _ = ganzoo.trian


@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize("first", ["import ganzoo", "import ganzoo.{name}", "import ganzoo, ganzoo.recipes.recipe"])
def test_a_package_of_the_same_name_stays_one_and_can_be_called(name, first):
    """In a process of its own, whatever was imported before."""
    code = f"{first.format(name=name)}; import ganzoo; thing = ganzoo.{name}; print(callable(thing), thing.__path__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("True [")


def test_a_package_that_is_called_calls_the_public_function(monkeypatch):
    fake = ModuleType("fake")
    fake.taken = lambda a, b=2: (a, b)
    monkeypatch.setitem(sys.modules, "fake", fake)
    monkeypatch.setitem(PUBLIC, "recipes", "fake:taken")
    assert ganzoo.recipes(1, b=3) == (1, 3)
    assert str(ganzoo.recipes.__signature__) == "(a, b=2)"
