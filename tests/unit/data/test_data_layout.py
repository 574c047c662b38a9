import pytest

from ganzoo.data.layout import arrange
from ganzoo.errors import DataError
from ganzoo.text import shown, slug


def used(names, layout):
    return [names[index] for index in layout.order]


def test_classes_are_the_sorted_sub_folders():
    names = ["dog/2.png", "cat/1.png", "dog/1.png", "cat/deep/0.png"]
    layout = arrange(names, "'x'")
    assert layout.classes == ("cat", "dog")
    assert used(names, layout) == ["cat/1.png", "cat/deep/0.png", "dog/1.png", "dog/2.png"]
    assert layout.labels == (0, 0, 1, 1)
    assert layout.note == ""


@pytest.mark.parametrize("above", ["", "images/", "a/b/c/"])
def test_without_sub_folders_there_are_no_labels(above):
    names = [f"{above}{index}.png" for index in (2, 0, 1)]
    layout = arrange(names, "'x'")
    assert layout.labels is None and layout.classes == ()
    assert used(names, layout) == sorted(names)


@pytest.mark.parametrize("above", ["", "cifar/"])
def test_only_train_is_used_and_that_is_said(above):
    names = [f"{above}{name}" for name in ("test/cat/0.png", "train/dog/0.png", "train/cat/0.png", "val/cat/1.png")]
    layout = arrange(names, "'x.zip'")
    assert layout.classes == ("cat", "dog")
    assert used(names, layout) == [f"{above}train/cat/0.png", f"{above}train/dog/0.png"]
    assert layout.note == "'x.zip': only train/ is used, not test/, val/"


def test_train_without_classes():
    layout = arrange(["train/0.png", "train/1.png", "test/0.png"], "'x'")
    assert layout.order == (0, 1) and layout.labels is None and layout.note


def test_train_among_vehicles_is_a_class():
    layout = arrange(["bus/0.png", "train/0.png", "car/0.png"], "'x'")
    assert layout.classes == ("bus", "car", "train") and layout.note == ""


def test_images_beside_sub_folders_are_refused():
    with pytest.raises(DataError, match=r"^'x' has images both beside its sub-folders, such as 'a\.png', and in them"):
        arrange(["a.png", "cat/0.png"], "'x'")


def test_the_order_that_names_come_in_does_not_matter():
    names = [f"{label}/{index}.png" for label in "abc" for index in range(10)]
    assert used(names, arrange(names, "'x'")) == used(names[::-1], arrange(names[::-1], "'x'"))


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred", "b\u202etxt", "caf\udce9.png", "x" * 5000])
def test_names_are_shown_in_one_short_printable_line(name):
    text = shown(name)
    assert text.isprintable() and len(text) < 200
    text.encode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CelebA (64x64)", "celeba-64x64"),
        ("../..", "images"),
        ("naïve", "na-ve"),
        ("x" * 300, "x" * 64),
        ("", "images"),
    ],
)
def test_slugs(name, expected):
    assert slug(name) == expected
