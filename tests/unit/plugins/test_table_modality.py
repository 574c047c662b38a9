import math

import numpy as np
import pytest
import torch
from ganzoo_plugins.tables.modality import Table
from stand_in_turn import NoHostSync

from ganzoo.interfaces import Shuffled

MODES = ((0.25, 10.0, 2.0), (0.75, 30.0, 1.0))
TABLE = Table(
    columns=("size", "colour", "count", "kind"),
    modes=(MODES, (), ((1.0, 5.0, 3.0),), ()),
    words=((), ("blue", "red", "white"), (), ("a", "b")),
    decimals=(2, 0, 0, 0),
)


def played(rows, seed=0, table=TABLE):
    x = torch.tensor(rows, dtype=torch.float32)
    return table.play({"x": x, "y": torch.zeros(len(x), dtype=torch.int64)}, flips=False, rng=rng(seed))


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_what_lies_side_by_side():
    assert TABLE.spans == (("value", 1), ("mode", 2), ("choice", 3), ("value", 1), ("mode", 1), ("choice", 2))
    assert TABLE.offers(conditional=True) == {"spans": TABLE.spans, "num_classes": 5}
    assert TABLE.offers(conditional=False)["num_classes"] == 0
    assert set(TABLE.offers(conditional=True)) <= TABLE.offered
    assert TABLE.values == ("colour=blue", "colour=red", "colour=white", "kind=a", "kind=b")


def test_a_number_is_its_place_in_its_mode():
    """arXiv:1907.00503, sec. 4.2: (c - mean) / (4 std), and the mode one-hot; 12 is of mode 0, 31 of mode 1."""
    x, _ = played([[12.0, 2.0, 8.0, 0.0], [31.0, 0.0, 2.0, 1.0]])
    assert x.tolist() == [
        [0.25, 1.0, 0.0, 0.0, 0.0, 1.0, 0.25, 1.0, 1.0, 0.0],
        [0.25, 0.0, 1.0, 1.0, 0.0, 0.0, -0.25, 1.0, 0.0, 1.0],
    ]


def test_there_and_back():
    rows = [[12.0, 2.0, 8.0, 0.0], [31.5, 0.0, 2.0, 1.0], [8.25, 1.0, 5.0, 1.0]]
    for seed in range(5):  # whichever modes are drawn
        assert torch.allclose(TABLE.rest(played(rows, seed)[0]), torch.tensor(rows), atol=1e-5)


def test_the_mode_is_drawn_by_its_share_of_the_density():
    """Of two modes of deviation 1 around 0 and 2 with weights 1/4 and 3/4, at 1 the shares are the weights."""
    table = Table(("v",), (((0.25, 0.0, 1.0), (0.75, 2.0, 1.0)),), ((),), (1,))
    n = 20_000
    x, y = table.play({"x": torch.ones(n, 1)}, flips=False, rng=rng())
    assert y is None
    share = x[:, 1].mean().item()
    assert abs(share - 0.25) < 4 * math.sqrt(0.25 * 0.75 / n)
    assert torch.equal(x[:, 0] > 0, x[:, 1] == 1)  # (1 - 0) / 4 in the first, (1 - 2) / 4 in the second
    unlike, _ = table.play({"x": torch.full((n, 1), 0.0)}, flips=False, rng=rng())
    wanted = 0.25 / (0.25 + 0.75 * math.exp(-2))
    assert abs(unlike[:, 1].mean().item() - wanted) < 4 * math.sqrt(wanted * (1 - wanted) / n)


def test_far_from_all_modes_it_is_cut():
    x, _ = played([[1000.0, 0.0, 5.0, 0.0]])
    assert x[0, 0].item() == pytest.approx(0.99)


def test_generated_rows_at_rest():
    """The largest share counts, values are cut to [-1, 1], and whole numbers are whole."""
    scores = torch.tensor([[-3.0, 0.4, 0.6, 0.2, 0.5, 0.3, 0.13, 1.0, 0.1, 0.9]])
    assert TABLE.rest(scores).tolist() == [[30.0 - 4 * 1.0, 1.0, round(5 + 0.13 * 12), 1.0]]


def test_play_looks_at_no_value():
    row = {"x": torch.tensor([[12.0, 2.0, 8.0, 0.0]]), "y": torch.tensor([1])}
    TABLE.play(row, flips=False, rng=rng())
    with NoHostSync():
        x, y = TABLE.play(row, flips=False, rng=rng())
        TABLE.rest(x)
    assert y is row["y"]


def test_an_example_plays():
    row = TABLE.example(7)
    assert row["x"].shape == (7, 4) and row["y"].tolist() == [0, 1, 2, 3, 4, 0, 1]
    x, _ = TABLE.play(row, flips=False, rng=rng())
    assert x.shape == (7, 10) and torch.isfinite(x).all()


def test_a_picture_has_the_conditions_of_the_rows():
    """Of rows red b, blue a and white a the colour, the kind, the colour, and then of the first again the kind."""
    fields = {"x": torch.tensor([[8.0, 1, 2, 1], [8.0, 0, 2, 0], [8.0, 2, 2, 0]]), "y": torch.arange(5)}
    assert TABLE.shown(fields, 4).tolist() == [1, 3, 2, 4]


def test_without_choices_there_are_no_conditions():
    table = Table(("v",), (MODES,), ((),), (1,))
    assert table.offers(conditional=True)["num_classes"] == 0
    assert set(table.example()) == {"x"}
    assert isinstance(table.deal({"x": torch.zeros(4, 1)}, 0), Shuffled)


def test_described():
    x = torch.tensor([[8.0, 0.0, 2.0, 1.0], [31.5, 2.0, 7.0, 0.0]])
    assert TABLE.described({"x": x}) == "2 rows of 2 numbers and 2 choices"
    assert TABLE.explained({"x": x}) == [
        "size: numbers with 2 decimals from 8 to 31.5, of 2 modes",
        "colour: one of 3 choices: blue, red, white",
        "count: whole numbers from 2 to 7, of 1 mode",
        "kind: one of 2 choices: a, b",
    ]


def test_written_and_read_again(tmp_path):
    random = np.random.default_rng(0)
    n = 60
    rows = np.stack(
        [random.normal(20, 5, n).round(2), random.integers(3, size=n), random.integers(40, size=n), np.arange(n) % 2], 1
    )
    path = tmp_path / "made.csv"
    assert TABLE.write(torch.tensor(rows, dtype=torch.float32), path)
    assert path.read_text().splitlines()[0] == "size,colour,count,kind"
    found = Table.read(path)
    assert found is not None
    assert found.modality.words == TABLE.words and found.modality.decimals == TABLE.decimals
    assert found.classes == TABLE.values
    assert np.allclose(found.fields["x"], rows, atol=1e-5)
    assert found.fields["y"].tolist() == [0, 1, 2, 3, 4]


def test_other_files_are_nothing_of_a_table(tmp_path):
    assert not TABLE.write(torch.zeros(1, 4), tmp_path / "made.png")
    assert Table.read(tmp_path) is None
    assert Table.read(tmp_path / "none.csv") is None


@pytest.mark.parametrize("with_real", [True, False])
def test_its_picture(with_real):
    from io import BytesIO

    from PIL import Image

    x = torch.tensor([[8.0, 0.0, 2.0, 1.0], [31.5, 2.0, 7.0, 0.0]])
    png = TABLE.picture(x, x if with_real else None, None)
    assert png is not None
    with Image.open(BytesIO(png)) as picture:
        assert picture.size == (14 + 4 * 244, 34 + 164)
    assert png == TABLE.picture(x, x if with_real else None, None)
    assert TABLE.picture_of_data(x, None) not in (None, png)
