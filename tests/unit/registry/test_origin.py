"""Origins of parts: another version, another source, or another source of what it imports makes another part."""

import subprocess
import sys
import zipfile

import pytest

from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.origin import origin_of, sources_of
from ganzoo.registry.registry import Entry

PACKAGE = {
    "__init__.py": "",
    "loss.py": "import json\nfrom . import maths\nfrom .deep.part import f\n\nclass Odd:\n    pass\n",
    "maths.py": "from strange.tables import ROWS\n",
    "tables.py": "ROWS = 1\n",
    "unused.py": "raise SystemExit\n",
    "deep/__init__.py": "",
    "deep/part.py": "def f():\n    from ..late import g\n\n    return g\n",
    "late.py": "g = 1\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name, source in PACKAGE.items():
        path = tmp_path / "strange" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "strange"


def entry(version="1.0", *, target="strange.loss:Odd", distribution="strange-gans", **more):
    return Entry("loss", "odd", target, "strange", version, distribution=distribution, **more)


def test_sources_are_those_that_the_module_reaches_in_its_own_package(package):
    """By hand: ``from . import maths`` names the package too; nobody names ``unused``; ``json`` is none of its own."""
    below = {"loss", "maths", "tables", "deep.part", "late"}
    assert sources_of("strange.loss").keys() == {"strange", *(f"strange.{name}" for name in below)}
    assert sources_of("strange.tables") == {"strange.tables": PACKAGE["tables.py"]}
    assert "strange" not in sys.modules  # nothing was imported


@pytest.mark.parametrize("edited", ["loss.py", "maths.py", "tables.py", "deep/part.py", "late.py"])
def test_an_edit_under_the_same_version_is_seen(package, edited):
    before = origin_of(entry())
    path = package / edited
    path.write_text(path.read_text() + "# edited\n")
    assert origin_of(entry()) != before
    path.write_text(PACKAGE[edited])
    assert origin_of(entry()) == before


def test_an_edit_of_what_the_part_does_not_reach_is_none_of_it(package):
    before = origin_of(entry())
    (package / "unused.py").write_text("x = 2\n")
    (package / "loss.pyc.txt").write_text("x")
    assert origin_of(entry()) == before


def test_version_and_fixed_parameters_are_part_of_it(package):
    texts = {origin_of(entry()), origin_of(entry("1.1")), origin_of(entry(params={"power": 2})), origin_of(entry("2"))}
    assert len(texts) == 4
    assert str(origin_of(entry("1.1"))).startswith("strange-gans 1.1 (source ")


def test_bundled_parts_and_those_of_nobody_have_none(package):
    assert origin_of(entry(distribution="")) is None
    zoo = load_zoo(third_party=False)
    kinds = ("generator", "loss", "extractor", "metric", "recipe")
    for kind in kinds:
        assert {origin_of(one) for one in zoo.registry.all(kind)} == {None}, kind


@pytest.mark.parametrize(
    "source", ["def (", "x = '\udcff'", "from .... import far\n", "import strange.absent.deeper\n"]
)
def test_a_source_that_cannot_be_imported_has_an_origin_too(package, source):
    before = origin_of(entry())
    (package / "loss.py").write_bytes(source.encode("utf-8", "surrogateescape"))
    assert str(origin_of(entry())).startswith("strange-gans 1.0 (source ") and origin_of(entry()) != before


def test_a_module_that_is_gone_leaves_the_version(tmp_path):
    assert str(origin_of(entry(target="absent_package.loss:Odd"))).startswith("strange-gans 1.0 (source ")


def test_a_package_in_a_zip_is_read(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "strange.zip", "w") as archive:
        for name, source in PACKAGE.items():
            archive.writestr(f"strange/{name}", source)
    monkeypatch.syspath_prepend(tmp_path / "strange.zip")
    assert sources_of("strange.loss")["strange.late"] == PACKAGE["late.py"]


def test_it_takes_no_torch():
    code = "import sys, ganzoo.registry.origin, ganzoo.recipes.provenance.origins; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
