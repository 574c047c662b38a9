"""Conditions that runs are evaluated under: of rows in their order with the real samples, or drawn labels."""

from types import SimpleNamespace

import pytest
import torch
from ganzoo_plugins.images.images import ImageModality
from ganzoo_plugins.tables.modality import Table
from tiny_modalities import Domains, Measures, rows

from ganzoo.bench.runs.generating.conditions import Drawn, RowsInOrder, are_labels, in_classes, in_pairs, labels_of
from ganzoo.bench.runs.generating.rows import first, length, played, some, whole
from ganzoo.interfaces import Shuffled
from ganzoo.metrics.seeing import Labelled, Pairs, unpacked

CPU = torch.device("cpu")


class Translated(Domains):
    """Two domains that are dealt apart; each is made of the other."""

    def condition(self, row):
        return {"a": row["b"], "b": row["a"]}

    def deal(self, fields, seed):
        return Shuffled({name: len(field) for name, field in fields.items()}, seed, by={"a": "a", "b": "b"})


def recipe(*, conditional):
    return SimpleNamespace(conditional=conditional)


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        (torch.arange(3), True),
        (torch.arange(3.0), False),
        (torch.arange(3)[:, None], False),
        ({"a": torch.arange(3)}, False),
        (None, False),
    ],
)
def test_whole_numbers_alone_are_labels(y, labels):
    assert are_labels(y) is labels


def test_games_whose_conditions_are_more_than_labels_are_evaluated_in_pairs():
    assert in_pairs(recipe(conditional=True), Measures())
    assert in_pairs(recipe(conditional=True), Translated())
    assert not in_pairs(recipe(conditional=False), Measures())
    assert not in_pairs(recipe(conditional=True), ImageModality(num_classes=10))


def test_rows_come_in_their_order_and_again_from_the_first():
    x, y = rows(5), torch.arange(5.0)[:, None]
    taken = RowsInOrder(Measures(), {"x": x, "y": y}, CPU)
    condition, target = taken.take(3)
    assert torch.equal(condition, y[:3]) and torch.equal(target, x[:3])
    condition, target = taken.take(4)
    order = torch.tensor([3, 4, 0, 1])
    assert torch.equal(condition, y[order]) and torch.equal(target, x[order])


def test_fields_that_are_dealt_apart_come_as_a_deal_has_them():
    fields = {"a": rows(5), "b": rows(3, seed=1)}
    first, again = RowsInOrder(Translated(), fields, CPU), RowsInOrder(Translated(), fields, CPU)
    condition, target = first.take(15)
    assert torch.equal(condition["b"], target["a"]) and torch.equal(condition["a"], target["b"])
    assert len(target["a"][:5].unique(dim=0)) == 5 and len(target["b"][:3].unique(dim=0)) == 3
    head, tail = again.take(6)[1], again.take(9)[1]
    assert torch.equal(torch.cat([head["a"], tail["a"]]), target["a"]), "whatever the batches"


def test_samples_of_rows_are_judged_beside_the_real_ones():
    sample, target = rows(3), rows(3, seed=1)
    judged = Drawn(sample, None, target).judged
    assert isinstance(judged, Pairs) and judged.sample is sample and judged.target is target
    assert Drawn(sample, None).judged is sample


def test_samples_of_labels_are_judged_with_their_classes():
    sample, labels = rows(3), torch.arange(3)
    judged = Drawn(sample, labels).judged
    assert isinstance(judged, Labelled) and judged.given is sample and judged.label is labels
    assert unpacked(judged) == (sample, None, labels)
    assert Drawn(sample, {"text": labels}).judged is sample


def test_real_samples_have_classes_where_conditions_are_labels():
    x, y = torch.zeros(4, 1, 8, 8, dtype=torch.uint8), torch.tensor([2, 0, 1, 1])
    assert torch.equal(labels_of(ImageModality(num_classes=3), {"x": x, "y": y}), y)
    assert labels_of(ImageModality(num_classes=0), {"x": x}) is None
    assert labels_of(Measures(), {"x": rows(4), "y": rows(4)}) is None
    assert in_classes(recipe(conditional=True), ImageModality(num_classes=3))
    assert not in_classes(recipe(conditional=False), ImageModality(num_classes=3))
    assert not in_classes(recipe(conditional=True), Measures())


def test_some_rows_are_those_of_one_index_in_every_field():
    x = rows(50)
    row = some(Measures(), {"x": x, "y": x[:, :1]}, 20, torch.Generator().manual_seed(0))
    assert torch.equal(row["y"], row["x"][:, :1]) and len(row["x"].unique(dim=0)) == 20
    apart = some(Translated(), {"a": x, "b": x[:10]}, 20, torch.Generator().manual_seed(0))
    assert len(apart["a"]) == len(apart["b"]) == 10 == length(Translated(), {"a": x, "b": x[:10]})
    assert not whole({"a": x, "b": x[:10]}) and whole({"a": x, "b": x})


def test_a_list_of_all_values_is_no_number_of_rows():
    table = Table()
    fields = {"x": torch.arange(40.0)[:, None] % torch.tensor([40.0, 3.0]), "y": torch.arange(3)}
    assert length(table, fields) == 40
    row = some(table, fields, 30, torch.Generator().manual_seed(0))
    assert len(row["x"]) == len(row["y"]) == 30
    assert torch.equal(row["x"][:, 1].long(), row["y"]), "each row has the value that it was dealt for"


def test_the_first_rows_are_those_of_each_field():
    found = first({"a": rows(5), "b": rows(3)}, 2)
    assert torch.equal(found["a"], rows(5)[:2]) and torch.equal(found["b"], rows(3)[:2])
    assert len(first({"b": rows(3)}, 5)["b"]) == 3
    assert torch.equal(first({"b": rows(3)}, 5, again=True)["b"], rows(3)[torch.tensor([0, 1, 2, 0, 1])])


def test_rows_play_as_the_modality_says_with_conditions_where_the_game_has_them():
    row = {"x": rows(4), "y": torch.arange(4.0)[:, None]}
    x, y = played(Measures(), row, CPU, conditional=True)
    assert torch.equal(x, row["x"] / 2) and torch.equal(y, row["y"])
    assert played(Measures(), row, CPU, conditional=False)[1] is None
