import pytest

from ganzoo.data.image_sets.layout import arrange
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
    assert layout.notes == () and layout.left_out == ()


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
    assert layout.left_out == (f"1 image in {above}test/, 1 image in {above}val/ (only train/ is used)",)


def test_train_without_classes():
    layout = arrange(["train/0.png", "train/1.png", "test/0.png"], "'x'")
    assert layout.order == (0, 1) and layout.labels is None
    assert layout.left_out == ("1 image in test/ (only train/ is used)",)


def test_train_among_vehicles_is_a_class():
    layout = arrange(["bus/0.png", "train/0.png", "car/0.png"], "'x'")
    assert layout.classes == ("bus", "car", "train") and layout.notes == layout.left_out == ()


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


def test_splits_within_each_class_leave_the_test_images_out():
    names = ["cat/train/0.png", "cat/test/1.png", "dog/train/2.png", "dog/test/3.png", "eel/4.png"]
    layout = arrange(names, "'x'")
    assert layout.classes == ("cat", "dog", "eel") and layout.labels == (0, 1, 2)
    assert used(names, layout) == ["cat/train/0.png", "dog/train/2.png", "eel/4.png"]
    assert layout.left_out == ("1 image in cat/test/, 1 image in dog/test/ (only train/ is used)",)


def test_parts_of_one_object_that_are_divided_into_splits():
    names = ["b/train/good/0.png", "b/test/crack/0.png", "b/test/crack/1.png", "b/ground_truth/crack/0.png"]
    layout = arrange(names, "'x'")
    assert used(names, layout) == ["b/train/good/0.png"] and layout.labels is None
    assert layout.left_out == ("1 image in b/ground_truth/, 2 images in b/test/ (only train/ is used)",)


def test_two_domains_are_two_classes():
    names = [f"{split}{domain}/0.png" for split in ("train", "test") for domain in "AB"]
    layout = arrange(names, "'x'")
    assert layout.classes == ("trainA", "trainB") and layout.labels == (0, 1)
    assert layout.notes == ("trainA/, trainB/ are the classes; --data .../trainA takes one alone",)
    assert layout.left_out == ("1 image in testA/, 1 image in testB/ (only trainA/ and trainB/ are used)",)


def test_splits_within_splits():
    names = ["seg_train/seg_train/sea/0.png", "seg_train/seg_train/ice/0.png", "seg_test/seg_test/ice/0.png"]
    layout = arrange(names, "'x'")
    assert layout.classes == ("ice", "sea") and len(layout.order) == 2


def test_a_test_folder_among_classes_is_told():
    layout = arrange(["control/0.png", "test/0.png"], "'x'")
    assert layout.classes == ("control", "test")
    assert layout.notes == ("test/ is taken for a class, as are the folders beside it",)


@pytest.mark.parametrize("above", ["", "set/", "train/"])
def test_folders_beside_a_table_of_labels_are_no_classes(above):
    names = [f"{above}{folder}/{index}.png" for folder in ("00000", "00001") for index in range(2)]
    layout = arrange(names, "'x'", lambda folder: f"{folder}t.json" if folder == above else "")
    assert layout.table == f"{above}t.json" and layout.labels is None
    assert used(names, layout) == names


def test_many_folders_that_are_left_out_are_told_shortly():
    names = ["train/a/0.png", "train/b/0.png", "test/0.png", *(f"x{index}/0.png" for index in range(20))]
    (told,) = arrange(names, "'x'").left_out
    assert told.endswith("and 15 in 15 more folders (only train/ is used)") and len(told) < 300
