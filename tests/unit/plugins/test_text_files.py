"""Text from files of one's own, and the sentences that are made by formula."""

import pytest
import torch
from ganzoo_plugins.text.grammar import COUNT, SENTENCES, SmallGrammar, sentence
from ganzoo_plugins.text.letters import MOST, OTHER, alphabet_of, numbered, written
from ganzoo_plugins.text.modality import Text
from ganzoo_plugins.text.windows import TextWindows

from ganzoo import data
from ganzoo.data.hold_out import hold_out
from ganzoo.errors import DataError
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

pytestmark = pytest.mark.usefixtures("silence")
LONG = "the quick brown fox jumps over the lazy dog"


@pytest.fixture
def found(tmp_path):
    registry = load_zoo(third_party=False).registry
    cache = Cache(tmp_path / "cache")
    return lambda name, **given: data.resolve(registry, str(name), cache=cache, **given)


def file(tmp_path, text):
    path = tmp_path / "own.txt"
    path.write_bytes(text.encode())
    return path


def texts(rows):
    return written(torch.from_numpy(rows.fields["x"]), rows.modality.alphabet)


def test_lines_are_cut_to_32_characters_and_filled_up(tmp_path):
    rows = Text.read(file(tmp_path, f"\ufeffone\r\n\r\n  {LONG}\n\t\ntwo\tthree"))
    assert texts(rows) == ["one", LONG[:32], "two three"]
    assert rows.modality.length == 32 and rows.fields["x"].shape == (3, 32)
    assert rows.modality.alphabet == "\n" + "".join(sorted(set(LONG[:32] + "onetwothree ")))


def test_short_lines_make_short_samples(tmp_path):
    assert Text.read(file(tmp_path, "ab\ncab\n")).modality == Text("\nabc", 3)


def test_windows_follow_each_other(tmp_path):
    rows = TextWindows.read(file(tmp_path, f"{LONG}\n{LONG}\n"))
    whole = f"{LONG}\n{LONG}"
    assert texts(rows) == [whole[:32].replace("\n", r"\n"), whole[32:64].replace("\n", r"\n")]
    assert rows.modality.length == 32


def test_rare_characters_share_one():
    often, rare = "".join(map(chr, range(0x4E00, 0x4E00 + MOST - 2))), "abcde"
    alphabet = alphabet_of([often * 2, rare])
    assert alphabet == "\n" + often + OTHER
    assert numbered(["a\u4e00\nb"], alphabet, 5).tolist() == [[MOST - 1, 1, 0, MOST - 1, 0]]
    assert alphabet_of([often, "z"]) == "\nz" + often  # 256 in all: nothing is left out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("caf\xe9 au lait\nsugar\n".encode("latin-1"), "own.txt is no text in UTF-8: its byte 3 does not fit; save it"),
        (b"\n \n", "own.txt has 0 lines of text, and a game needs two at least: name a file that has more"),
        (b"one\n", "own.txt has 1 lines of text"),
    ],
)
def test_refused(tmp_path, content, said):
    path = tmp_path / "own.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        Text.read(path)


def test_too_short_for_two_windows(tmp_path):
    with pytest.raises(DataError, match=r"own\.txt has 1 windows of text"):
        TextWindows.read(file(tmp_path, LONG))


def test_other_files_are_no_text(tmp_path):
    for kind in (Text, TextWindows):
        assert kind.read(tmp_path) is None
        assert kind.read(tmp_path / "none.txt") is None
        assert kind.read(tmp_path / "own.csv") is None


def test_a_file_is_read_as_it_is_asked_for(found, tmp_path):
    path = file(tmp_path, f"{LONG}\n" * 5)
    with pytest.raises(DataError, match="can be read as text and text-windows; name one, such as --modality text"):
        found(path)
    assert found(path, modality="text").described == "5 lines of 32 characters, 22 in the alphabet"
    kept = found(path, modality="text-windows")
    assert kept.described == "6 windows of 32 characters, 28 in the alphabet"
    assert (kept.extractor, kept.metrics) == ("none", ("jsd-1", "jsd-2", "jsd-3", "jsd-4"))


def test_some_lines_are_held_out(found, tmp_path):
    registry, cache = load_zoo(third_party=False).registry, Cache(tmp_path / "cache")
    kept = hold_out(found("small-grammar"), 0.25, cache, registry)
    assert (len(data.load(kept)["x"]), len(data.load(kept.held_out)["x"])) == (6144, 2048)


def test_the_grammar_agrees():
    said = [sentence(number) for number in range(SENTENCES)]
    assert len(set(said)) == SENTENCES == (8 * 6 * 8) * 6 * (8 * 8)
    assert max(map(len, said)) == 32
    for line in said[::997]:
        words = line.removesuffix(".").split()
        verb = next(
            i for i, word in enumerate(words) if word.rstrip("s") in {"see", "hear", "like", "find", "meet", "help"}
        )
        for phrase in (words[:verb], words[verb + 1 :]):
            one = not phrase[-1].endswith("s")
            assert one == (phrase[0] in {"a", "an", "one"}) or phrase[0] in {"the", "my"}
            assert phrase[0] not in {"a", "an"} or (phrase[0] == "an") == (phrase[1][0] in "aeiou")
        assert words[verb].endswith("s") == (not words[verb - 1].endswith("s"))


def test_its_sentences_are_the_same_everywhere():
    rows = SmallGrammar().read({})
    assert texts(rows)[:3] == [sentence(0), sentence(91_133), sentence(2 * 91_133 % SENTENCES)]
    assert len(set(texts(rows))) == COUNT
    assert rows.modality.length == 32 and rows.modality.alphabet == "\n .acdefghiklmnoprstwxy"


def test_a_file_is_read_by_the_alphabet_of_another(tmp_path):
    """In its own alphabet b and c are 1 and 2, in the other 2 and 3; lines are cut and filled to the other's length."""
    path = tmp_path / "own.txt"
    path.write_text("bc\ncbbcb\n")
    other = Text("\nabc", 4)
    rows = other.read_as(path)
    assert rows.modality == other
    assert rows.fields["x"].tolist() == [[2, 3, 0, 0], [3, 2, 2, 3]]
    path.write_text("bd\nca\n")
    with pytest.raises(DataError, match=r"own\.txt holds 'd', which the text that it is compared with does not have"):
        other.read_as(path)
    assert Text("\nabc\ufffd", 2).read_as(path).fields["x"].tolist() == [[2, 4], [3, 1]]
    assert other.read_as(tmp_path / "own.csv") is None
