"""Lists that show themselves as tables."""

from types import SimpleNamespace

from ganzoo.api.table import TableList

ROWS = TableList(
    [SimpleNamespace(name="a<b", year=None, on=True), SimpleNamespace(name="long" * 30, year=7, on=False)],
    ("name", "year", "on"),
)


def test_plain_text():
    lines = repr(ROWS).splitlines()
    cut = ("long" * 30)[:69] + "..."
    assert [line.split() for line in lines] == [["name", "year", "on"], ["a<b", "yes"], [cut, "7"]]
    assert lines[0].index("year") == lines[2].index("7")
    assert lines[0].index("on") == lines[1].index("yes")


def test_a_notebook_is_given_what_it_shows_and_not_obeys():
    shown = ROWS._repr_html_()
    assert "<td>a&lt;b</td>" in shown
    assert f"<td>{'long' * 30}</td>" in shown


def test_what_a_terminal_would_obey_is_written_out():
    assert "\x1b" not in repr(TableList([SimpleNamespace(name="\x1b[31m")], ("name",)))


def test_it_is_a_list():
    assert ROWS[0].name == "a<b"
    assert isinstance(ROWS[:1], TableList)
    assert len(ROWS[:1]) == 1
    assert repr(ROWS[:0]) == "[]"
    assert list(ROWS) == ROWS
