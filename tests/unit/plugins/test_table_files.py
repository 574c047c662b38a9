import json

import numpy as np
import pytest
from ganzoo_plugins.tables.columns import column_of
from ganzoo_plugins.tables.fit import modes_of
from ganzoo_plugins.tables.modality import Table
from ganzoo_plugins.tables.read_table import columns_of
from repository import ROOT

from ganzoo.errors import DataError, SetupError


def read(tmp_path, text, name="own.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return columns_of(path)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_types_are_inferred(tmp_path, mark):
    lines = [["length", "colour", "count", "code"]]
    lines += [[f"{i / 4:.2f}", "red" if i % 3 else "blue", str(100 + i), str(i % 2)] for i in range(40)]
    length, colour, count, code = read(tmp_path, "\n".join(mark.join(line) for line in lines))
    assert (length.words, length.decimals) == ((), 2)
    assert np.allclose(length.values, np.arange(40) / 4)
    assert colour.words == ("blue", "red") and colour.values[:4].tolist() == [0, 1, 1, 0]
    assert (count.words, count.decimals) == ((), 0)
    assert code.words == ("0", "1")


def test_a_point_makes_numbers_of_codes():
    assert column_of("c", ["1", "2"] * 20, "f").words == ("1", "2")
    assert column_of("c", ["1.0", "2"] * 20, "f").words == ()
    assert column_of("c", [str(i) for i in range(11)] * 20, "f").words == ()  # 11 values
    assert column_of("c", ["1", "2"] * 10, "f").words == ("1", "2")  # each ten times
    assert column_of("c", ["1", "2"] * 9, "f").words == ()
    assert column_of("c", ["1", "2", "3"], "f").words == ()


@pytest.mark.parametrize(
    ("texts", "decimals"), [(["1", "12"], 0), (["1.25", "1.5"], 2), (["1e-3", "2"], 3), (["1.5e2", "3"], 1)]
)
def test_decimals_are_kept(texts, decimals):
    assert column_of("c", texts, "f").decimals == decimals


def test_an_empty_choice_is_a_choice():
    column = column_of("c", ["red", "", "red", ""], "f")
    assert column.words == ("", "red")


@pytest.mark.parametrize("cell", ["", "NA", "nan", "?", "inf"])
def test_a_missing_number_is_refused(cell):
    with pytest.raises(DataError, match=r"column 'c' of f holds numbers, and row 3 has .* there .*: take the rows out"):
        column_of("c", ["1.5", cell, "2.5"], "f")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "has 2 lines"),
        ("a,b\n1,2\n1\n", "row 3 of own.csv has 1 cells, and the line of names 2"),
        ("1,2\n1,2\n3,4\n", "begins with numbers: put a line"),
        ("a,a\n1,2\n3,4\n", "two columns named 'a'"),
        ("a,\n1,2\n3,4\n", "a column without a name"),
        ("a\nx\ny\nz\nu\n", "has 4 different values in 4 rows"),
        ("a,b\n,1\n,2\n", "column 'a' of own.csv is empty"),
        ("a,b\n123456789,1\n2,2\n", "whole numbers above 16,777,216"),
    ],
)
def test_other_files_are_refused(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        read(tmp_path, text)


def test_bytes_are_no_table(tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read as text in UTF-8"):
        Table.read(path)


def test_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn.mixture", None)
    with pytest.raises(SetupError, match=r'pip install "ganzoo-core\[tables\]"'):
        modes_of(np.arange(5.0))


def test_modes_of_two_heaps():
    """Heaps of 600 and 400 around -20 and 100."""
    random = np.random.default_rng(0)
    modes = modes_of(np.concatenate([random.normal(-20, 2, 600), random.normal(100, 5, 400)]))
    main = sorted((mode for mode in modes if mode[0] > 0.05), key=lambda mode: mode[1])
    assert [round(weight, 1) for weight, _, _ in main] == [0.6, 0.4]
    assert [mean for _, mean, _ in main] == pytest.approx([-20, 100], abs=1)
    assert 2 < main[0][2] < 4 and 5 < main[1][2] < 7  # the prior has the variance of the whole column


def test_modes_do_not_depend_on_the_unit():
    column = np.random.default_rng(0).normal(0, 1, 200)
    small = np.array(modes_of(column * 1e-5 + 3))
    assert np.allclose((small[:, 1] - 3) * 1e5, np.array(modes_of(column))[:, 1], atol=1e-6)


def test_a_constant_column_has_a_mode():
    ((weight, mean, std),) = modes_of(np.full(20, 7.0))
    assert weight == pytest.approx(1, abs=0.01) and mean == pytest.approx(7) and std > 0


def test_the_modes_that_ship_are_those_that_are_fitted():
    folder = ROOT / "plugins" / "tables"
    shipped = json.loads((folder / "wine_modes.json").read_text())
    columns = columns_of(folder / "wine.csv")
    assert len(shipped) == len(columns) == 14
    for column, modes in list(zip(columns, shipped, strict=True))[::5]:
        assert np.allclose(modes_of(column.values), modes, rtol=1e-3)
