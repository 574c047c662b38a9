"""Files beside the code that say the same thing twice, or name something: they agree, and what they name is there."""

import os
import re
import tomllib
from types import SimpleNamespace

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from repository import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
TOOLS = {requirement.name: str(requirement) for requirement in map(Requirement, EXTRAS["lint"])}


def floors():
    """The lowest version of each package that the program or its tests are installed with."""
    named = [*PROJECT["dependencies"], *(line for name in ("ray", "tensorboard", "test") for line in EXTRAS[name])]
    for requirement in map(Requirement, named):
        (lowest,) = (bound.version for bound in requirement.specifier if bound.operator == ">=")
        yield canonicalize_name(requirement.name), Version(lowest)


def constraints():
    for line in (ROOT / ".ci" / "lowest.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, version = line.partition("==")
            yield canonicalize_name(name), Version(version)


def test_the_lowest_versions_are_those_that_are_allowed():
    pinned = list(constraints())
    assert dict(pinned) == dict(floors())
    assert len(pinned) == len(dict(pinned))


def test_a_package_has_one_lowest_version():
    assert len(set(floors())) == len(dict(floors()))


def test_tools_of_style_are_pinned_and_the_same_before_a_commit():
    assert all(re.fullmatch(r"[\w-]+==[\d.]+", line) for line in TOOLS.values())
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    for hook in hooks:
        for needed in hook.get("additional_dependencies", []):
            assert "==" in needed
            name = needed.partition("==")[0]
            assert needed == TOOLS.get(name, needed), hook["id"]
    used = {hook["entry"].split()[0] for hook in hooks}
    assert {name for name in TOOLS if not name.startswith("types-")} <= used


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert str(citation["version"]) == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]


def test_the_changelog_has_this_version_and_what_comes():
    releases = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert releases[0] == "Unreleased"
    assert releases[1] == PROJECT["version"]
    assert [Version(release) for release in releases[1:]] == sorted(map(Version, releases[1:]), reverse=True)


def test_changes_are_told_in_a_few_lines_each():
    """Longer is documentation, and belongs there."""
    for entry in re.split(r"^(?=- |#)", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE):
        if entry.startswith("- "):
            assert len(entry.split()) <= 45, entry


WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text()


def test_the_workflow_uses_actions_by_their_commit_and_may_only_read():
    used = re.findall(r"uses: (.*)", WORKFLOW)
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)
    told = yaml.safe_load(WORKFLOW)
    assert told["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in told["jobs"].values())


def test_the_workflow_runs_the_pythons_that_the_package_claims():
    claimed = {
        version
        for line in PROJECT["classifiers"]
        if (version := line.removeprefix("Programming Language :: Python :: "))[:2] == "3."
    }
    assert set(yaml.safe_load(WORKFLOW)["jobs"]["run"]["strategy"]["matrix"]["python"]) == claimed


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "pyproject.toml", "CITATION.cff", ".ci/run"])
def test_files_that_are_looked_for_at_their_place_are_there(name):
    assert (ROOT / name).is_file()


def test_paths_in_the_guide_for_contributors_are_there():
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    table = re.findall(r"^\| (`.*?`) \|", guide, re.MULTILINE)
    assert len(table) > 10
    for cell in table:
        first, *rest = re.findall(r"`([^`]+)`", cell)
        parent = (ROOT / first).parent
        assert (ROOT / first).exists(), first
        for path in rest:
            assert (parent / path).is_dir(), path
    for command in re.findall(r"^(\.ci/\w+|pytest tests/[\w./]+)", guide, re.MULTILINE):
        path = ROOT / command.split()[-1]
        assert path.exists(), command
        assert path.is_dir() or path.suffix == ".py" or os.access(path, os.X_OK), command


def test_links_of_these_files_lead_somewhere():
    for name in ("CONTRIBUTING.md", "SECURITY.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text()):
            assert (ROOT / target).exists(), target


@pytest.mark.parametrize(
    ("given", "mark", "chosen"),
    [("TESTPATHS", "", "not slow"), ("TESTPATHS", "slow", "slow"), ("ARGS", "", ""), ("ARGS", "gpu", "gpu")],
)
def test_slow_tests_run_where_a_file_a_folder_or_a_mark_is_named(request, given, mark, chosen):
    ours = request.config.pluginmanager.get_plugin(str(ROOT / "tests" / "conftest.py"))
    option = SimpleNamespace(markexpr=mark)
    how = SimpleNamespace(args_source=pytest.Config.ArgsSource[given], option=option, getoption=lambda *given: None)
    ours.pytest_cmdline_main(how)
    assert option.markexpr == chosen
