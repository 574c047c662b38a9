"""Our parts give the committed numbers of their authors' code; and a certificate that is not so is refused."""

import json
import subprocess
import sys
import warnings

import pytest
import torch
from pydantic import ValidationError
from repository import ROOT

from benchmarks.certificates import __main__ as command
from benchmarks.certificates import compared, record, subject
from benchmarks.certificates.clone import (
    CloneError,
    commit_of,
    executed,
    functions_of_python_2,
    imported_from,
    run_cells,
    run_statements,
)
from benchmarks.certificates.draws import double_by_default, formula_draws
from benchmarks.certificates.formula import filled, labels, spread, uniform
from benchmarks.certificates.networks import network_values, same_weights
from benchmarks.certificates.starts import deviations_drawn, start

SHA = "0123456789abcdef" * 2 + "01234567"
TEXTS = dict.fromkeys(("title", "licence", "ran", "compared"), "said")
OUTPUT = torch.linspace(-2, 3, 60, dtype=torch.float64).reshape(3, 20)


def made(ours, theirs, tolerance=1e-6):
    given = subject.Subject(repository="a/b", files=(), ours=dict, theirs=dict, tolerance=tolerance, **TEXTS)
    return compared.certificate("made", given, SHA, ours, theirs)


# -- what is committed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", subject.names())
def test_ours_gives_the_authors_numbers(name):
    """The clone is not needed: outputs, gradients and counts of the authors' code are committed."""
    stated = record.read(ROOT / record.FOLDER / f"{name}.json")
    given = subject.load(name)
    said = [(it.title, it.repository, it.licence, it.files, it.departs, it.tolerance) for it in (stated, given)]
    assert said[0] == said[1] and stated.part == name
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compared.disagreements(given.ours(), stated) == []


def test_every_certificate_has_its_subject():
    assert sorted(path.stem for path in (ROOT / record.FOLDER).glob("*.json")) == subject.names()


# -- what a certificate is -------------------------------------------------------------------------------------------


def test_a_certificate_is_read_as_it_was_written(tmp_path):
    found = made({"out": OUTPUT, "n": 3}, {"out": OUTPUT + 1e-8, "n": 3})
    path = tmp_path / "made.json"
    path.write_text(record.text(found))
    assert record.read(path) == found
    assert found.counts == {"n": 3} and found.absolute == pytest.approx(1e-8) and found.relative < found.absolute


def test_the_difference_is_the_largest_and_is_found_again():
    """It is at element 17, which is not among the samples that any tensor of this size has."""
    theirs = OUTPUT.clone()
    theirs.view(-1)[17] += 1e-7
    assert 17 not in compared.sampled(60, compared.SAMPLES)
    found = made({"out": OUTPUT}, {"out": theirs})
    (quantity,) = found.quantities
    assert quantity.absolute == pytest.approx(1e-7) and 17 in quantity.at
    assert compared.disagreements({"out": OUTPUT}, found) == []


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        ({"out": OUTPUT + 1e-3, "n": 3}, "off by 0.001 at a sample"),
        ({"out": OUTPUT.T, "n": 3}, "shape (20, 3), not (3, 20)"),
        ({"out": OUTPUT, "n": 4}, "n: 4, not 3"),
        ({"n": 3}, "out is in one of the two only"),
        ({"out": OUTPUT, "n": 3, "more": OUTPUT}, "more is in one of the two only"),
        ({"out": OUTPUT * torch.nan, "n": 3}, "off by nan"),
    ],
)
def test_other_numbers_are_found(ours, said):
    assert said in " ".join(compared.disagreements(ours, made({"out": OUTPUT, "n": 3}, {"out": OUTPUT, "n": 3})))


def test_a_value_that_is_no_sample_changes_the_norm():
    changed = OUTPUT.clone()
    changed.view(-1)[17] += 1
    (said,) = compared.disagreements({"out": changed}, made({"out": OUTPUT}, {"out": OUTPUT}))
    assert "norm" in said


@pytest.mark.parametrize("change", [{"absolute": 2e-6}, {"largest": 4.0}, {"norm": 1.0}])
def test_a_statement_that_is_not_so_is_found(change):
    found = made({"out": OUTPUT}, {"out": OUTPUT})
    (quantity,) = found.quantities
    false = found.model_copy(update={"quantities": (quantity.model_copy(update=change),), "tolerance": 1e-7})
    assert compared.disagreements({"out": OUTPUT}, false)


def test_what_does_not_agree_is_no_certificate():
    with pytest.raises(ValidationError, match="made differs by more than 1e-06 in out"):
        made({"out": OUTPUT}, {"out": OUTPUT + 1e-4})
    with pytest.raises(ValidationError, match="needs quantities"):
        made({"n": 3}, {"n": 3})
    for ours, said in (({"n": 4, "out": OUTPUT}, "n: ours 4, theirs 3"), ({"out": OUTPUT}, "only one of the two")):
        with pytest.raises(compared.UnequalError, match=said):
            made(ours, {"n": 3, "out": OUTPUT})
    with pytest.raises(compared.UnequalError, match="is not finite"):
        made({"out": OUTPUT * torch.inf}, {"out": OUTPUT})


# -- formulas and draws ----------------------------------------------------------------------------------------------


def splitmix(state):
    """SplitMix64 with Python's own whole numbers."""
    state = state * 0x9E3779B97F4A7C15 % 2**64
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    state = (state ^ state >> 27) * 0x94D049BB133111EB % 2**64
    return state ^ state >> 31


def test_the_formula_is_splitmix():
    """SplitMix64 with the seed 0 begins with 0xE220A8397B1DCDAF; an empty name has the CRC 0."""
    assert splitmix(1) == 0xE220A8397B1DCDAF
    assert uniform("", (3,)).tolist() == [(splitmix(i) >> 11) * 2.0**-53 for i in range(3)]
    values = spread("weight", (50, 50), std=0.3)
    assert values.std().item() == pytest.approx(0.3, rel=0.02) and abs(values.mean().item()) < 0.02
    assert torch.linalg.matrix_rank(values) == 50
    assert sorted(labels(14, 7).tolist()) == sorted([*range(7)] * 2) and sorted(labels(10, 10).tolist()) == [*range(10)]


def test_draws_are_the_same_in_the_same_order():
    def drawn():
        return [torch.rand(2, 3), torch.randn((4,)), torch.randint(-2, 3, (50,)), torch.randint(7, size=[5])]

    with formula_draws() as draws:
        first = drawn()
    with formula_draws(mirrored=True):
        second = drawn()
    assert draws.calls == 4
    assert torch.equal(first[2], -second[2]) and set(first[2].tolist()) == {-2, -1, 0, 1, 2}
    assert all(torch.equal(first[i], second[i]) for i in (0, 1, 3))
    assert torch.rand(3).shape == (3,) and not torch.equal(torch.rand(2, 3), first[0])


def test_tensors_are_double_by_default_within():
    before = torch.get_default_dtype()
    with pytest.raises(ZeroDivisionError), double_by_default():
        assert torch.ones(1).dtype == torch.float64
        _ = 1 / 0
    assert torch.get_default_dtype() == before != torch.float64


# -- networks --------------------------------------------------------------------------------------------------------


def test_networks_with_the_same_weights_give_the_same():
    """By hand: y = W x, so that the gradient with respect to W is the direction times x."""
    ours, theirs = filled(torch.nn.Linear(3, 2)), torch.nn.Linear(3, 2)
    names = {"weight": "weight", "bias": "bias"}
    same_weights(theirs, ours, names)
    x = spread("x", (1, 3)).requires_grad_()
    found = network_values("linear", theirs, theirs(x), {"x": x}, names)
    assert found["parameters of linear"] == 8
    direction = spread("direction", (1, 2))
    assert torch.allclose(found["d parameter weight, linear"], direction.T @ x)
    assert torch.allclose(found["d x, linear"], direction @ ours.weight)


@pytest.mark.parametrize("names", [{"weight": "weight"}, {"weight": "weight", "bias": "weight"}])
def test_weights_that_are_left_out_are_found(names):
    with pytest.raises(ValueError, match="bias"):
        same_weights(torch.nn.Linear(3, 2), filled(torch.nn.Linear(3, 2)), names)


def test_the_start_is_the_spread_of_what_is_drawn():
    """By hand: a weight of 3 randn, one from N(0, 0.5^2), a bias of -2; uniform weights have no one number."""
    with deviations_drawn():
        module = torch.nn.Linear(3, 2)
        module.weight = torch.nn.Parameter(3 * torch.randn(2, 3))
        torch.nn.init.constant_(module.bias, -2)
        module.more = torch.nn.Parameter(torch.empty(4).normal_(0, 0.5))
        even = torch.nn.Linear(3, 2)
        with pytest.raises(ValueError, match="drawn about 1"):
            torch.nn.init.normal_(module.bias, 1.0, 0.1)
    assert start("it", module)["start of it"].tolist() == [-2, 0.5, 3]
    renamed = {"weight": "a", "more": "b", "bias": "c"}
    assert start("it", module, renamed)["start of it"].tolist() == [3, 0.5, -2]
    with pytest.raises(ValueError, match="weight of it is drawn neither"):
        start("it", even)
    assert len(set(torch.randn(5).tolist())) == 5


# -- clones and the command ------------------------------------------------------------------------------------------


@pytest.fixture
def clone(tmp_path):
    def git(*words):
        subprocess.run(["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True)

    (tmp_path / "their_code.py").write_text("import viewer\nVALUE = viewer.size\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "theirs")
    return tmp_path


def test_a_clone_tells_its_commit_and_leaves_nothing_behind(clone):
    assert len(commit_of(clone, ("their_code.py",))) == 40
    before = set(sys.modules)
    with imported_from(clone, stubs={"viewer": {"size": 3}}):
        import their_code

        assert their_code.VALUE == 3
    with imported_from(clone, stubs={"json": {"dumps": None}}):  # which is there, and stays
        assert sys.modules["json"] is json and json.dumps(3) == "3"
    assert set(sys.modules) == before and str(clone) not in sys.path


def test_a_file_with_byte_order_marks_is_run(tmp_path):
    file = tmp_path / "marked.py"
    file.write_text("# licence\n\ufeff\ndef f():\n    return 3\n", encoding="utf-8")
    assert executed(file).f() == 3


def test_statements_within_a_function_are_run(tmp_path):
    """The assignment and what follows it in its block, but neither what is before nor what is after the block."""
    file = tmp_path / "loop.py"
    file.write_text("def f():\n    while True:\n        boom()\n        b = a + 1\n        c = 2 * b\n    boom()\n")
    names = {"a": 4}
    run_statements(file, "b", names)
    assert (names["b"], names["c"]) == (5, 10)
    with pytest.raises(CloneError, match="assigns no d"):
        run_statements(file, "d", names)


def test_cells_of_a_notebook_are_run(tmp_path):
    """Those that define the names, without the lines for the notebook's shell, and no others."""
    cells = [
        ["!pip install x\n", "def f():\n", "    return 2 * a\n"],
        ["boom()\n"],
        ["a = 3\n"],
        ["def g():\n", "  a\n"],
    ]
    notebook = tmp_path / "a.ipynb"
    text = {"cell_type": "markdown", "source": ["def f("]}
    notebook.write_text(json.dumps({"cells": [text, *({"cell_type": "code", "source": cell} for cell in cells)]}))
    names = {}
    run_cells(notebook, ("f", "a"), names)
    assert names["f"]() == 6 and "g" not in names
    with pytest.raises(CloneError, match=r"no cell of .* defines h"):
        run_cells(notebook, ("g", "h"), names)


def test_functions_of_python_2_are_run_without_what_is_around_them(tmp_path, capsys):
    """A print that is no function, in a file whose other lines would fail."""
    file = tmp_path / "old.py"
    file.write_text(
        'boom()\n\ndef f(x):\n    print "x is", x\n    return N * g(x)\n\ndef g(x):\n    return x\n\nboom()\n'
    )
    assert functions_of_python_2(file, ("f", "g"), N=3).f(2) == 6
    assert capsys.readouterr().out == "x is 2\n"
    file.write_text("def f():\n    return 4\n\nM = f()\n")
    assert functions_of_python_2(file).M == 4


def test_a_clone_that_was_changed_is_refused(clone):
    (clone / "their_code.py").write_text("VALUE = 4\n")
    with pytest.raises(CloneError, match="are not as committed"):
        commit_of(clone, ("their_code.py",))
    with pytest.raises(CloneError, match=r"has no other\.py"):
        commit_of(clone, ("other.py",))
    with pytest.raises(CloneError, match="is not a git clone"):
        commit_of(clone / "nowhere", ())


def test_the_command_writes_a_certificate_and_checks_it(clone, tmp_path, monkeypatch, capsys):
    ran = []

    def of(difference, n):
        theirs = {"out": OUTPUT + difference, "n": n}
        return subject.Subject(
            repository="a/b",
            files=("their_code.py",),
            ours=lambda: {"out": OUTPUT, "n": n},
            theirs=lambda clone: ran.append(clone) or theirs,
            tolerance=1e-6,
            **TEXTS,
        )

    def run(difference, *more, n=3):
        monkeypatch.setattr(command, "load", lambda name: of(difference, n))
        return command.main(["diffaugment", "--clone", str(clone), *more], root=tmp_path)

    assert run(0) == 1 and "there is no certificate yet" in capsys.readouterr().err
    assert run(0, "--write") == 0 and run(0) == 0
    assert run(0, n=4) == 1 and "says other numbers" in capsys.readouterr().err
    ran.clear()
    assert run(1e-3) == 1
    told = capsys.readouterr()
    assert "they differ by more than 1e-06" in told.err and "1.0e-03  out [3, 20]" in told.out
    assert ran == [clone]  # the authors' code may take minutes
