"""Files of the tree that a wheel and an install hold: pages, scripts, recipes and shipped weights with the modules."""

from importlib.resources import files

import pytest
from repository import ROOT

FOLDERS = {"ganzoo": "ganzoo", "plugins": "ganzoo_plugins", "configs": "ganzoo_configs"}


def tree(top):
    return {
        path.relative_to(top).as_posix()
        for path in top.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_installed_is_the_whole_tree(folder):
    """In CI the package is installed from a wheel; an editable install is the tree itself."""
    wanted = tree(ROOT / folder)
    assert {"py.typed", "__init__.py"} & wanted
    place = files(FOLDERS[folder])
    assert [name for name in sorted(wanted) if not place.joinpath(name).is_file()] == []


def test_a_wheel_has_every_file_of_the_tree():
    """A file is left out where .gitignore has a name of its folder, such as ``build``."""
    wheel = pytest.importorskip("hatchling.builders.wheel")
    packed = {one.distribution_path for one in wheel.WheelBuilder(str(ROOT)).recurse_included_files()}
    wanted = {f"{package}/{name}" for folder, package in FOLDERS.items() for name in tree(ROOT / folder)}
    assert any(name.endswith("page/network.js") for name in wanted)
    assert wanted - packed == set()
