"""The words for the data of each modality that ships: number, what samples are called, and shape."""

import pytest

from ganzoo.registry.discovery import load_zoo
from ganzoo.text import uncounted, word_of

TOLD = {
    "images": "2 images of 32x32x3",
    "points": "2 points of 2 numbers",
    "pairs": "2 pictures of 32x32x3, each from another",
    "low-size": "2 pictures of 32x32x3, each from a smaller one",
    "grey": "2 pictures of 32x32x3, each from a grey one",
    "edges": "2 pictures of 32x32x3, each from its edges",
    "left-half": "2 pictures of 32x32x3, each from its left half",
    "captions": "2 captioned images of 32x32x3",
    "table": "2 rows of 1 number and 1 choice",
    "text": "2 lines of 8 characters, 4 in the alphabet",
    "text-windows": "2 windows of 8 characters, 4 in the alphabet",
}
REGISTRY = load_zoo(third_party=False).registry


@pytest.mark.parametrize("name", TOLD)
def test_told(name):
    made = REGISTRY.get("modality", name).load()()
    told = made.described(made.example(2))
    assert told == TOLD[name]
    assert told == f"2 {uncounted(told)}"


@pytest.mark.parametrize("name", [entry.name for entry in REGISTRY.all("modality")])
def test_the_word_is_what_samples_are_called(name):
    _, made = REGISTRY.get("modality", name).load().tried()[0]
    assert word_of(made.described(made.example(2))) == made.plural


def test_numbers_of_two_sets_are_left_out():
    assert uncounted("1,800 and 700 pictures of 28x28x1") == "pictures of 28x28x1"
    assert word_of("1,800 and 700 pictures of 28x28x1") == "pictures"
    assert word_of("20 measures") == "measures"
