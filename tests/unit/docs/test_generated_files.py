"""Pages are written, checked and removed."""

import pytest

from docs.generate import __main__ as command
from docs.generate.page import page
from docs.generate.write import problems, write

PAGES = {
    "docs/zoo/index.md": page("The zoo", ["text"]),
    "docs/zoo/losses/hinge.md": page("hinge", ["a", "b"]),
    "docs/reference/hooks.md": page("Hooks", []),
}


def test_pages_are_written_once(tmp_path):
    assert len(list(problems(PAGES, tmp_path))) == 3
    assert write(PAGES, tmp_path) == sorted(PAGES)
    assert list(problems(PAGES, tmp_path)) == []
    assert write(PAGES, tmp_path) == []
    assert (tmp_path / "docs/zoo/losses/hinge.md").read_text().endswith("# hinge\n\na\n\nb\n")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda path: path.write_text("x"), "docs/zoo/losses/hinge.md is stale; run python -m docs.generate"),
        (lambda path: path.unlink(), "docs/zoo/losses/hinge.md is missing; run python -m docs.generate"),
    ],
)
def test_a_page_that_differs_is_named_and_mended(tmp_path, change, sentence):
    write(PAGES, tmp_path)
    change(tmp_path / "docs/zoo/losses/hinge.md")
    assert list(problems(PAGES, tmp_path)) == [sentence]
    assert write(PAGES, tmp_path) == ["docs/zoo/losses/hinge.md"]
    assert list(problems(PAGES, tmp_path)) == []


def test_a_page_of_something_gone_is_removed(tmp_path):
    write(PAGES, tmp_path)
    fewer = {name: text for name, text in PAGES.items() if "hinge" not in name}
    (sentence,) = problems(fewer, tmp_path)
    assert sentence.startswith("docs/zoo/losses/hinge.md is generated from nothing that still exists")
    assert write(fewer, tmp_path) == ["docs/zoo/losses/hinge.md"]
    assert not (tmp_path / "docs/zoo/losses/hinge.md").exists()


def test_a_page_that_somebody_wrote_is_named_and_left_alone(tmp_path):
    write(PAGES, tmp_path)
    path = tmp_path / "docs/zoo/mine.md"
    path.write_text("# Mine\n")
    (sentence,) = problems(PAGES, tmp_path)
    assert sentence.startswith("docs/zoo/mine.md is not generated")
    write(PAGES, tmp_path)
    assert path.read_text() == "# Mine\n"
    (tmp_path / "docs/guide.md").write_text("# Elsewhere\n")
    assert len(list(problems(PAGES, tmp_path))) == 1


def test_the_command_writes_and_checks(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "every_page", lambda root: PAGES)
    assert command.main(["--check"], tmp_path) == 1
    assert "docs/zoo/index.md is missing; run python -m docs.generate\n" in capsys.readouterr().err
    assert not (tmp_path / "docs").exists()
    assert command.main([], tmp_path) == 0
    assert command.main(["--check"], tmp_path) == 0
    assert capsys.readouterr().err == ""
