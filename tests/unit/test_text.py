from ganzoo.text import per_class, some_of


def test_few_classes_are_counted_one_by_one():
    assert per_class(("cat", "dog"), (700, 500)) == "2 classes (cat: 700, dog: 500)"
    assert per_class(("cat",), (7,)) == "1 class (cat: 7)"


def test_classes_of_one_size_have_it_once():
    assert per_class(("cat", "dog"), (500, 500)) == "2 classes of 500 each (cat, dog)"
    names = tuple(f"n{index}" for index in range(1000))
    assert per_class(names, (1300,) * 1000).startswith("1,000 classes of 1,300 each (n0, n1, ")
    assert per_class(names, (1300,) * 1000).endswith(" and 988 more)")


def test_of_many_classes_the_smallest_and_the_largest_are_told():
    names, counts = tuple(f"n{index}" for index in range(1000)), (*range(732, 1731), 5)
    assert per_class(names, counts) == "1,000 classes (the smallest n999: 5, the largest n998: 1,730)"


def test_of_many_texts_the_first_are_told():
    texts = [str(number) for number in range(2000)]
    assert [some_of(texts[:n], 2) for n in (0, 1, 2, 3)] == ["", "0", "0, 1", "0, 1 and 1 more"]
    assert some_of(texts, 3) == "0, 1, 2 and 1,997 more"


def test_unknown_counts_and_no_classes():
    assert per_class(("a", "b"), ()) == "2 classes"
    assert per_class((), ()) == ""


def test_names_are_made_safe_and_short():
    assert per_class(("\x1b[31m", "b" * 100), (1, 2)) == f"2 classes (\\x1b[31m: 1, {'b' * 18}...{'b' * 18}: 2)"
