"""Entry points of installed distributions: what importlib.metadata says of them, known without it the second time."""

import importlib.metadata
import sys
import zipfile

import pytest
from installed_plugins import Site, plugin_of

from ganzoo.recipes.headings.heading import headings_of
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry
from ganzoo.registry.sources.distributions import listed
from ganzoo.registry.sources.installed import installed


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.delenv("GANZOO_LOAD_PLUGINS", raising=False)
    (tmp_path / "site").mkdir()
    monkeypatch.syspath_prepend(tmp_path / "site")
    return Site(tmp_path / "site")


def points():
    return {(one.name, point) for one in listed() for point, _ in one.points if not one.name.startswith("ganzoo")}


def by_the_library():
    return {
        (point.dist.name, point.name, point.value)
        for point in importlib.metadata.entry_points(group="ganzoo")
        if point.dist is not None
    }


def test_they_are_those_of_the_library(site):
    for name in ("rel", "another-one"):
        site.install(name, "", entry_points="[console_scripts]\nx = y:z\n\n[ganzoo]\na = m.n\nb = m:C\n")
    (site.folder / "old.egg-info").mkdir()
    (site.folder / "old.egg-info" / "PKG-INFO").write_text("Name: old\nVersion: 3\n")
    (site.folder / "old.egg-info" / "entry_points.txt").write_text("[ganzoo]\nold = m\n")
    for _ in range(2):  # read, and kept
        found = {(one.name, point, value) for one in listed() for point, value in one.points}
        assert found == by_the_library()
        assert {name for name, *_ in found} >= {"ganzoo-core", "rel", "another-one", "old"}


def test_nothing_is_read_twice(site, monkeypatch):
    site.install("rel", "", metadata="License: MIT\nRequires-Dist: ganzoo-core>=0.1\nRequires-Dist: torch\n")
    site.install("broken", "", entry_points="[ganzoo]\nnonsense\n")
    site.install("strangers", "", entry_points="[console_scripts]\nx = y:z\n")
    first = installed(True, None, ())
    monkeypatch.setattr(importlib.metadata.PathDistribution, "read_text", pytest.fail)
    assert installed(True, None, ()) == first
    [rel] = [found for found in first if found.name == "rel"]
    assert (rel.distribution, rel.version, rel.licence, rel.requires) == ("rel", "1.2", "MIT", ("ganzoo-core>=0.1",))
    [broken] = [found for found in first if found.distribution == "broken"]
    assert broken.reason.startswith("its entry_points.txt cannot be read")


def test_what_is_installed_changed_or_removed_is_seen_at_once(site):
    assert points() == set()
    site.install("one", "")
    assert points() == {("one", "one")}
    site.install("two", "")
    assert points() == {("one", "one"), ("two", "two")}
    info = site.folder / "one-1.2.dist-info"
    (info / "entry_points.txt").write_text("[ganzoo]\neno = pretend_0\n")  # as long as before
    assert points() == {("one", "eno"), ("two", "two")}
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: enno\nVersion: 1.3\n")
    assert points() == {("enno", "eno"), ("two", "two")}
    (info / "entry_points.txt").unlink()
    assert points() == {("two", "two")}
    (site.folder / "two-1.2.dist-info").rename(site.folder / "gone")
    assert points() == set()


def test_a_changed_entry_point_is_loaded_the_next_time(site):
    first = site.install("one", plugin_of("rel"))
    assert load_zoo().registry.get("loss", "rel").plugin == "one"
    other = site.install("two", plugin_of("other-loss"))
    (site.folder / "one-1.2.dist-info" / "entry_points.txt").write_text(f"[ganzoo]\none = {other}\n")
    (site.folder / "two-1.2.dist-info" / "entry_points.txt").write_text(f"[ganzoo]\ntwo = {first}\n")
    registry = load_zoo().registry
    assert registry.get("loss", "rel").plugin == "two"
    assert registry.get("loss", "other-loss").plugin == "one"


def test_distributions_in_archives_and_of_other_finders(site, tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("packed-1.0.dist-info/METADATA", "Name: packed\nVersion: 1.0\n")
        archive.writestr("packed-1.0.dist-info/entry_points.txt", "[ganzoo]\npacked = m\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "packed.zip"), str(tmp_path / "nowhere")])

    class Finder(importlib.metadata.DistributionFinder):
        def find_spec(self, fullname, path=None, target=None):
            return None

        def find_distributions(self, context=None):
            held = tmp_path / "held" / "held-1.0.dist-info"
            return [importlib.metadata.PathDistribution(held)] if held.exists() else []

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    assert points() == {("packed", "packed")}
    (tmp_path / "held").mkdir()
    Site(tmp_path / "held").install("held", "")
    (tmp_path / "held" / "held-1.2.dist-info").rename(tmp_path / "held" / "held-1.0.dist-info")
    assert points() == {("packed", "packed"), ("held", "held")}


def test_a_heading_is_read_again_when_its_recipe_changes(tmp_path):
    file = tmp_path / "mine.yaml"

    def told():
        return headings_of([Entry("recipe", "mine", file, "mine", paper="arXiv:1", summary="the plugin's")])[0]

    file.write_text("title: One\nyear: 2014\n")
    assert (told().title, told().year, told().paper, told().summary) == (
        "One",
        2014,
        "arXiv:1",
        "the plugin's",
    )
    file.write_text("title: Two\nyear: 2014\n")
    assert told().title == "Two"
    file.write_text("title: [\n")
    assert told() == told()
    assert told().summary.startswith("cannot be read: mine.yaml, line ")
    assert told().conditional is None
    file.write_text("paper: arXiv:2\nsummary: its own\nconditional: true\npublished: {}\n")
    assert (told().paper, told().summary, told().conditional, told().published) == (
        "arXiv:2",
        "its own",
        True,
        True,
    )
