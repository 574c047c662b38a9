from io import BytesIO

import pytest
import torch
from ganzoo_plugins.text.modality import Text
from ganzoo_plugins.text.windows import TextWindows
from stand_in_turn import NoHostSync

TEXT = Text(alphabet="\nabc d", length=5)
IDS = torch.tensor([[1, 2, 3, 0, 0], [5, 4, 0, 1, 2]])


def test_what_parts_are_told():
    assert TEXT.offers(conditional=True) == TEXT.offers(conditional=False) == {"length": 5, "vocabulary": 6}
    assert set(TEXT.offers(conditional=False)) <= TEXT.offered


def test_a_character_is_one_hot_in_play():
    with NoHostSync():
        x, y = TEXT.play({"x": IDS}, flips=False, rng=torch.Generator())
    assert y is None and x.dtype == torch.float32
    assert torch.equal(x, torch.nn.functional.one_hot(IDS, 6).float())


def test_the_likeliest_character_is_what_rests():
    shares = torch.tensor([[[0.2, 0.5, 0.3], [0.4, 0.3, 0.3]]])
    assert TEXT.rest(shares).tolist() == [[1, 0]]
    x, _ = TEXT.play({"x": IDS}, flips=False, rng=torch.Generator())
    assert torch.equal(TEXT.rest(x), IDS)


def test_told():
    assert TEXT.described({"x": IDS}) == "2 lines of 5 characters, 6 in the alphabet"
    assert TEXT.explained({"x": IDS}) == [
        "alphabet: 'abc d' and the end of a line",
        "1 lines have 5 characters, to which longer ones are cut; 1 shorter ones are filled up with ends",
        "such as: abc",
        r"such as: d \nab",
    ]
    windows = TextWindows("\na\ufffd", 2)
    assert windows.explained({"x": torch.tensor([[1, 2], [2, 2]])})[1:3] == [
        "3 characters are too rare for the alphabet and stand as \ufffd",
        "they follow each other in the file, without overlap; up to 1 last characters are left out",
    ]


def test_written_a_line_each(tmp_path):
    """Ends behind the last character are left out; one before it is told as a program writes it."""
    path = tmp_path / "made.txt"
    assert TEXT.write(IDS, path)
    assert path.read_bytes() == b"abc\nd \\nab\n"
    assert not TEXT.write(IDS, tmp_path / "made.csv")


def test_written_and_read_again(tmp_path):
    path = tmp_path / "made.txt"
    ids = torch.tensor([[1, 2, 3, 0, 0], [5, 4, 2, 1, 2], [2, 0, 0, 0, 0]])
    TEXT.write(ids, path)
    found = Text.read(path)
    assert found.modality == Text("\n abcd", 5)
    again = found.modality.play({"x": torch.from_numpy(found.fields["x"])}, flips=False, rng=torch.Generator())[0]
    assert found.modality.write(found.modality.rest(again), tmp_path / "again.txt")
    assert (tmp_path / "again.txt").read_bytes() == path.read_bytes()


def size(png):
    from PIL import Image

    with Image.open(BytesIO(png)) as picture:
        return picture.size


def test_a_page_has_a_column_for_each_side():
    one, two = (size(TEXT.picture(IDS, real, None)) for real in (None, IDS))
    assert two[0] - 24 == 2 * (one[0] - 24) and one[1] == two[1] == 36 + 2 * 21 + 12
    assert TEXT.picture(IDS, IDS, None) == TEXT.picture(IDS, IDS, None)
    assert size(TEXT.picture_of_data(IDS, None)) == one
    ways = size(TEXT.ways(IDS.repeat(3, 1), 2))
    assert ways[0] - 24 == 3 * (one[0] - 24) and ways[1] == one[1]


def test_letters_that_the_font_lacks():
    from ganzoo_plugins.text.page import drawable

    assert drawable("née \u6f22\ufffd") == "nee ??"
    assert size(Text("\n\xe9\u6f22", 2).picture(torch.tensor([[1, 2]]), None, None))


@pytest.mark.parametrize("kind", [Text, TextWindows])
def test_an_example_plays(kind):
    made = kind()
    row = made.example(7)
    assert row["x"].shape == (7, 8) and set(row["x"].flatten().tolist()) == {0, 1, 2, 3}
    assert made.play(row, flips=False, rng=torch.Generator())[0].shape == (7, 8, 4)
