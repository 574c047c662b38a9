import math

import numpy as np
import pytest
import torch
from ganzoo_plugins.tables.column_distance import ColumnDistance, wasserstein
from ganzoo_plugins.tables.columns import column_of
from ganzoo_plugins.tables.correlation_distance import CorrelationDistance
from ganzoo_plugins.tables.nearest_record import NearestRecord
from ganzoo_plugins.tables.read_table import columns_of, table_of
from ganzoo_plugins.tables.usefulness import TrainOnSynthetic, discriminant
from repository import ROOT
from scipy.stats import wasserstein_distance
from scipy.stats.contingency import association as scipy_association
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from tiny_extractor import drawing

from ganzoo.errors import MetricError
from ganzoo.metrics import Evaluator
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

NUMBER, CHOICE = (("value", 1), ("mode", 2)), (("choice", 3),)


def number(metric, fake, real):
    sides = []
    for rows in (fake, real):
        rows = torch.tensor(rows, dtype=torch.float32)
        sides.append(metric.summarise(metric.look(rows, None)))
    return metric.compare(*sides)


def wine():
    columns = columns_of(ROOT / "plugins" / "tables" / "wine.csv")
    return torch.tensor(np.stack([column.values for column in columns], 1))


WINE_SPANS = ((("value", 1), ("mode", 1)) * 13) + CHOICE


def test_columns_by_hand():
    """Moved by 1 where the deviation is 2: 1/2; shares 1/2, 1/2, 0 instead of 0, 1/2, 1/2: 1/2."""
    real = [[2.0, 1], [-2.0, 2]]
    assert number(ColumnDistance(spans=NUMBER + CHOICE), [[3.0, 0], [-1.0, 1]], real) == pytest.approx(0.5)
    assert number(ColumnDistance(spans=NUMBER + CHOICE), [[-2.0, 2], [2.0, 1]], real) == 0
    assert number(ColumnDistance(spans=NUMBER), [[5.0]], [[3.0], [3.0]]) == pytest.approx(2)  # a constant has none


@pytest.mark.parametrize("n", [1, 7, 40])
def test_wasserstein_is_scipys(n):
    random = np.random.default_rng(n)
    a, b = random.normal(size=n).round(1), random.normal(1, 2, size=23).round(1)
    assert wasserstein(torch.tensor(a), torch.tensor(b)) == pytest.approx(wasserstein_distance(a, b), abs=1e-12)


def test_correlations_by_hand():
    """Correlated by 1 in the real rows, by -1 in the generated ones."""
    metric = CorrelationDistance(spans=NUMBER * 2)
    assert number(metric, [[0, 1], [1, 0]], [[0, 0], [1, 1], [2, 2]]) == pytest.approx(2)
    assert number(metric, [[0, 5], [1, 5]], [[0, 0], [1, 1]]) == pytest.approx(1)  # a constant column


def test_the_correlation_ratio_by_hand():
    """Values 0, 2 of one choice and 4, 6 of another: 4 of the variance 5 lie between them."""
    rows = torch.tensor([[0.0, 0], [2, 0], [4, 2], [6, 2]]).double()
    assert CorrelationDistance(spans=NUMBER + CHOICE).associations(rows).item() == pytest.approx(math.sqrt(0.8))
    flipped = CorrelationDistance(spans=CHOICE + NUMBER).associations(rows.flip(1))
    assert flipped.item() == pytest.approx(math.sqrt(0.8))


def test_cramers_v_is_scipys():
    random = np.random.default_rng(0)
    a = random.integers(3, size=80)
    b = np.where(random.random(80) < 0.5, a, random.integers(2, size=80))
    found = CorrelationDistance(spans=CHOICE * 2).associations(torch.tensor(np.stack([a, b], 1)).double())
    table = np.zeros((3, 3), dtype=int)
    np.add.at(table, (a, b), 1)
    assert found.item() == pytest.approx(scipy_association(table, method="cramer"))


def test_pearson_is_numpys():
    rows = wine()[:, :3]
    found = CorrelationDistance(spans=NUMBER * 3).associations(rows)
    wanted = np.corrcoef(rows.T.numpy())
    assert found.tolist() == pytest.approx([wanted[0, 1], wanted[0, 2], wanted[1, 2]])


def test_a_classifier_by_hand():
    """Means -1 and 3 of one variance, classes alike: the line lies at 1; three to one, it moves by log 3 v / 4."""
    x = torch.tensor([[-2.0], [0.0], [2.0], [4.0]]).double()
    y = torch.tensor([0, 0, 1, 1])
    assert discriminant(x, y, torch.tensor([[0.99], [1.01]]).double(), 3).tolist() == [0, 1]
    more = torch.cat([x, x[:2], x[:2]]), torch.cat([y, y[:2], y[:2]])
    edge = 1 + math.log(3) * (1 + 1e-3) / 4
    assert discriminant(*more, torch.tensor([[edge - 0.01], [edge + 0.01]]).double(), 2).tolist() == [0, 1]


def test_the_classifier_is_sklearns():
    x, y = wine()[:, :13], wine()[:, 13].long()
    x = (x - x.mean(0)) / x.std(0)
    found = discriminant(x[::2], y[::2], x[1::2], 3)
    wanted = LinearDiscriminantAnalysis().fit(x[::2].numpy(), y[::2].numpy()).predict(x[1::2].numpy())
    assert (found.numpy() == wanted).mean() > 0.97  # ours has a ridge


def test_wines_are_told_as_often_as_is_known():
    """178 times all but one: 98.9 % right by linear discriminants (the data's own description)."""
    x, y = wine()[:, :13], wine()[:, 13].long()
    x = (x - x.mean(0)) / x.std(0)
    right = 0
    for i in range(178):
        rest = torch.arange(178) != i
        right += int(discriminant(x[rest], y[rest], x[i : i + 1], 3).item() == y[i])
    assert right == 176


def test_trained_on_synthetic():
    metric = TrainOnSynthetic(spans=WINE_SPANS)
    rows = wine().tolist()
    assert number(metric, rows, rows) == pytest.approx(100)
    shuffled = wine()
    shuffled[:, 13] = shuffled[torch.randperm(178, generator=torch.Generator().manual_seed(0)), 13]
    assert number(metric, shuffled.tolist(), rows) < 70
    assert metric.better == "higher"


def test_without_choices_the_last_number_is_told():
    metric = TrainOnSynthetic(spans=NUMBER * 2)
    rows = [[i, i] for i in range(40)]
    assert number(metric, rows, rows) > 90
    assert number(metric, [[a, -b] for a, b in rows], rows) < 60


def test_nearest_by_hand():
    """Real rows at 0, 1, 3 and 7, whose nearest others are 1, 1, 2 and 4 away."""
    real = [[0.0], [1.0], [3.0], [7.0]]
    metric = NearestRecord(spans=NUMBER)
    assert number(metric, real, real) == 100
    assert number(metric, [[100.0]], real) == 0
    assert number(metric, [[4.5]], real) == pytest.approx(50)  # 1.5 away: nearer than 2 of 4
    assert number(metric, [[0.0]], [[0.0], [0.0], [3.0], [7.0]]) == pytest.approx(75)  # as near as two of these four


def test_two_choices_are_one_apart():
    metric = NearestRecord(spans=CHOICE)
    vectors = metric.standardised(torch.tensor([[0.0], [2.0]]), torch.tensor([[0.0]]))
    assert vectors.diff(dim=0).norm().item() == pytest.approx(1)


def test_new_rows_of_the_same_table_have_about_half():
    random = np.random.default_rng(0)
    a, b = random.normal(size=(300, 3)), random.normal(size=(300, 3))
    assert abs(number(NearestRecord(spans=NUMBER * 3), a.tolist(), b.tolist()) - 50) < 5


def test_too_little_to_compare():
    for metric in (CorrelationDistance(spans=NUMBER), TrainOnSynthetic(spans=NUMBER)):
        with pytest.raises(MetricError, match="two columns at least"):
            number(metric, [[0.0]], [[0.0]])
    with pytest.raises(MetricError, match="two real rows at least"):
        number(NearestRecord(spans=NUMBER), [[0.0]], [[0.0]])


def test_titles_name_no_extractor():
    titles = [kind(spans=NUMBER).label("none") for kind in (ColumnDistance, CorrelationDistance, NearestRecord)]
    assert titles == ["columns", "correlations", "nearest %"]


def test_wine_as_it_ships():
    column = column_of("c", [str(int(x) + 1) for x in wine()[:, 13]], "wine.csv")
    assert column.words == ("1", "2", "3")
    assert np.bincount(column.values.astype(int)).tolist() == [59, 71, 48]


@pytest.mark.usefixtures("silence")
def test_all_are_taken_by_one_evaluator(tmp_path):
    """Built with the table's spans, and without an extractor; each has its floor, of halves of the real rows."""
    modality = table_of(columns_of(ROOT / "plugins" / "tables" / "wine.csv"), [((1.0, 0.0, 1.0),)] * 13 + [()]).modality
    evaluator = Evaluator.open(
        load_zoo().registry, "none", modality.metrics, modality=modality, cache=Cache(tmp_path / "cache")
    )
    rows = wine().float()
    reference = evaluator.reference(rows, "wine")
    assert reference.floor["tstr"] > 85 and reference.real["nearest-record"] == 100
    assert 0 < reference.floor["column-distance"] < 0.4
    numbers = evaluator.score(drawing(rows), 178, reference)
    assert numbers["column-distance"] == 0 and numbers["correlation-distance"] == 0
