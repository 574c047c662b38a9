"""Remedies: each finding of the conformance suite says what to do."""

import ast

import pytest
from installed_plugins import Site
from repository import ROOT

from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.findings import Findings
from ganzoo.testing.heavy_hooks import heavy_hooks
from ganzoo.testing.remedies import REMEDIES, with_remedy

SAYING = {"require": 1, "require_is": 2, "ConformanceError": 0}


def findings():
    """The sentence of each finding in the source, with 1 for what is filled in."""
    for file in sorted((ROOT / "ganzoo" / "testing").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
                said = node.args[SAYING[node.func.id] :][:1]
                if said and isinstance(said[0], ast.JoinedStr | ast.Constant):
                    parts = said[0].values if isinstance(said[0], ast.JoinedStr) else [said[0]]
                    text = "".join(str(p.value) if isinstance(p, ast.Constant) else "1" for p in parts)
                    yield pytest.param(text, id=f"{file.stem}-{node.lineno}")


@pytest.mark.parametrize("text", list(findings()))
def test_each_finding_says_what_to_do(text):
    """By a remedy, or because it names what there must be."""
    assert " must " in text or "; declare samples = " in text or with_remedy(text) != text


def test_there_are_many():
    assert len(list(findings())) > 80


def test_a_remedy_is_said_once():
    for _, remedy in REMEDIES:
        assert with_remedy(with_remedy("not finite")) == with_remedy("not finite")
        assert remedy


def test_a_rebound_buffer_is_named_in_the_remedy():
    said = with_remedy("differ: the buffer 'ema.mean' of loss 'mine' was rebound to another tensor")
    assert said.endswith("; write `self.mean.copy_(value)`, or `self.mean.lerp_(value, 0.01)` of a mean")


@pytest.mark.parametrize(("code", "heavy"), [("import numpy\n", "numpy"), ("import json\n", "")])
def test_hooks_that_import_something_heavy_are_told(tmp_path, monkeypatch, code, heavy):
    monkeypatch.syspath_prepend(tmp_path)
    hook = "import ganzoo\n@ganzoo.hookimpl\ndef register_losses(register):\n    register('a-loss', 'pretend:Loss')\n"
    Site(tmp_path).install("pretend-heavy", code + hook)
    [plugin] = [plugin for plugin in load_zoo().plugins if plugin.name == "pretend-heavy"]
    found = heavy_hooks(plugin)
    assert [finding.ok for finding in found] == [False] * bool(heavy)
    assert all(f"its hooks import {heavy} (" in finding.detail and "register" in finding.detail for finding in found)


def test_the_remedy_for_a_turn_s_absent_attribute_is_that_of_the_loss_and_not_of_the_import():
    said = with_remedy("AttributeError: 'Turn' object has no attribute 'd_real', raised at my_loss, line 8")
    assert said.endswith('; take scores as `turn.on_real["logits"]` and `turn.on_fake["logits"]`')
    other = "AttributeError: 'Tensor' object has no attribute 'meen', raised at my_loss, line 8"
    assert with_remedy(other) == other


def test_a_target_whose_module_lacks_another_is_not_told_to_be_spelt_otherwise():
    """The target's form is the remedy for a class that is not there, and not for an import in its module that fails."""
    lacks = with_remedy("cannot import mine.loss:Mine: ModuleNotFoundError: No module named 'scipi'")
    absent = with_remedy("cannot import mine.loss:Mine: AttributeError: module 'mine.loss' has no attribute 'Mine'")
    assert "make the module that it names importable" in lacks and "module:Class" not in lacks
    assert "module:Class" in absent


def test_the_place_of_an_error_is_the_part_s_own_line_and_not_the_engine_s_that_it_called():
    found = Findings("loss", "mine")
    with found.check("steps"):
        exec(compile("from ganzoo.layers import slope\n\nslope(1, 2)", "mine.py", "exec"), {"__name__": "mine"})
    assert found.found[0].detail.endswith(", raised at mine, line 3")
