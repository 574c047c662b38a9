"""``ganzoo show PART`` tells what the part is, as its class has it."""

import inspect
import re

import pytest
from click.testing import CliRunner

from ganzoo.cli import cli
from ganzoo.cli.part_source import source_lines, source_of
from ganzoo.recipes.building.build import offered_by
from ganzoo.recipes.headings.played_on import PlayedOn
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import FROM_DATA


@pytest.mark.parametrize(("kind", "plural"), [("loss", "losses"), ("regularizer", "regularizers")])
def test_parameters_are_those_of_the_class(kind, plural):
    seen = 0
    for entry in load_zoo(third_party=False).registry.all(kind):
        cls = entry.load()
        if "__init__" not in vars(cls):
            continue
        lines = source_lines(entry)
        for one in inspect.signature(cls).parameters.values():
            if one.name in entry.params or one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL):
                continue
            (row,) = [line for line in lines if re.match(rf"  {one.name}(:| =|  |$)", line)]
            if isinstance(one.default, bool | int | str):
                assert f"= {one.default!r}" in row
            seen += 1
    assert seen > 10


@pytest.mark.parametrize("kind", ["loss", "regularizer"])
def test_every_term_says_in_a_formula_what_it_adds(kind):
    for entry in load_zoo(third_party=False).registry.all(kind):
        for name, said in source_of(entry).computes.items():
            if name in ("d_loss", "g_loss", "d_penalty", "g_penalty"):
                assert re.search(r"E\[|E\b|\^|\|\||InfoNCE|\b2C\b|D2D-CE|mean", said), (entry.name, name, said)


def test_what_the_data_give_is_no_parameter_of_a_recipe():
    registry = load_zoo(third_party=False).registry
    offered, seen = PlayedOn(registry).offered(), set()
    assert offered == offered_by(registry)
    for entry in [*registry.all("generator"), *registry.all("discriminator")]:
        assert {one.name for one in source_of(entry, offered).parameters} & offered == set()
        told = [line for line in source_lines(entry, offered) if line.endswith(": of the data")]
        named = tuple(told[0].strip().partition(":")[0].split(", "))
        takes = inspect.signature(entry.load()).parameters
        assert len(told) == 1 and set(named) == takes.keys() & offered, entry.name
        seen.add(named)
    assert {FROM_DATA, ("spans", "num_classes")} <= seen
    for kind in ("extractor", "executor", "metric", "tracker", "dataset"):
        assert all(source_of(entry).parameters == () for entry in registry.all(kind))


def test_lines_fit_a_screen_and_have_no_markup():
    for entry in load_zoo(third_party=False).registry.all("regularizer"):
        assert all(len(line) <= 120 and "``" not in line for line in source_lines(entry))


def test_show_tells_equation_parameters_source_and_departures():
    shown = CliRunner().invoke(cli, ["show", "gradient-penalty"]).stdout
    assert "E[(||grad D(x)|| - target)^2]" in shown
    assert re.search(r"^  target: float = 1.0  the slope that is not punished", shown, re.MULTILINE)
    assert "Source: arXiv:1704.00028, eq. 3 and alg. 1." in shown
    assert "Departs: with labels" in shown


def test_a_loss_that_inherits_has_both_equations():
    shown = CliRunner().invoke(cli, ["show", "minimax"]).stdout
    assert "  d_loss: -E[log D(real)] - E[log(1 - D(fake))]" in shown
    assert "  g_loss: E[log(1 - D(fake))]" in shown
