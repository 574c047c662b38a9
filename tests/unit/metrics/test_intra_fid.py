"""The Fréchet distance within classes, by Gaussians whose distance is known, and where it cannot be taken."""

import numpy as np
import pytest
import torch
from evaluated_sets import frechet
from ganzoo_plugins.fidelity.frechet import FrechetDistance
from ganzoo_plugins.fidelity.intra import IntraFrechetDistance
from tiny_extractor import TinyExtractor, registry, weights_at
from tiny_extractor import images as drawn

from ganzoo.errors import MetricError
from ganzoo.interfaces import OfClass
from ganzoo.metrics import Evaluator
from ganzoo.metrics.classes import require_of_each_class
from ganzoo.metrics.halves import random_halves, standard_error
from ganzoo.metrics.seeing import Labelled
from ganzoo.storage.cache import Cache
from ganzoo.testing import check_entry

METRIC = IntraFrechetDistance()


def exact(n, mean, deviation):
    """``n`` rows whose mean and unbiased covariance are exactly these: deviations along axes of two features."""
    rng = torch.Generator().manual_seed(n)
    rows = torch.randn(n, 2, generator=rng).double()
    rows = rows - rows.mean(0)
    root = torch.linalg.cholesky(torch.cov(rows.T))
    white = torch.linalg.solve_triangular(root, rows.T, upper=False).T
    return (white * torch.tensor(deviation).double() + torch.tensor(mean).double()).float()


def seen(*classes):
    """Rows of each class, one after another."""
    label = torch.cat([torch.full((len(rows), 1), float(index)) for index, rows in enumerate(classes)])
    return {"features": torch.cat(classes), "label": label}


def summary(*classes):
    return METRIC.summarise(seen(*classes))


def test_it_is_the_mean_of_distances_that_are_known():
    # |mean|^2 + sum of (s - s')^2 over axes: 9 + 16 + 0 = 25 in the first class, 0 + 1 + 4 = 5 in the second.
    real = summary(exact(50, [0, 0], [1, 1]), exact(70, [5, 5], [2, 1]))
    fake = summary(exact(40, [3, 4], [1, 1]), exact(30, [5, 5], [1, 3]))
    found = METRIC.by_class(fake, real)
    assert {index: round(one.value, 3) for index, one in found.items()} == {0: 25.0, 1: 5.0}
    assert [(one.generated, one.real) for one in found.values()] == [(40, 50), (30, 70)]
    assert METRIC.compare(fake, real) == pytest.approx(15.0, abs=1e-3)  # each class counts the same


def test_classes_of_fewer_images_than_features_are_those_of_the_authors_formula():
    rng = np.random.default_rng(0)
    sets = {
        name: [rng.normal(size=(n, 12)) + k for k, n in enumerate(sizes)]
        for name, sizes in (("fake", (9, 11)), ("real", (30, 8)))
    }
    made = {name: summary(*(torch.from_numpy(rows).float() for rows in classes)) for name, classes in sets.items()}
    for index, one in METRIC.by_class(made["fake"], made["real"]).items():
        want = frechet(sets["fake"][index], sets["real"][index])
        assert one.value == pytest.approx(want, rel=1e-3)  # whose root of a singular matrix is inexact


def test_one_class_is_the_plain_distance():
    real, fake = exact(60, [0, 0], [1, 2]), exact(50, [1, 0], [2, 2])
    plain = FrechetDistance()
    want = plain.compare(plain.summarise({"features": fake}), plain.summarise({"features": real}))
    assert METRIC.compare(summary(fake), summary(real)) == pytest.approx(want, rel=1e-12)


def test_shuffled_labels_raise_it_and_leave_the_plain_distance_as_it_is():
    real = seen(*(exact(100, [4 * k, 0], [1, 1]) for k in range(3)))
    fake = seen(*(exact(80, [4 * k, 0], [1, 1]) for k in range(3)))
    mixed = fake | {"label": fake["label"][torch.randperm(240, generator=torch.Generator().manual_seed(0))]}
    heeding, ignoring = (METRIC.compare(METRIC.summarise(one), METRIC.summarise(real)) for one in (fake, mixed))
    assert heeding < 0.01 and ignoring > 5
    plain = FrechetDistance()
    kept = plain.summarise(real)
    assert plain.compare(plain.summarise(mixed), kept) == plain.compare(plain.summarise(fake), kept)


def test_the_order_of_images_plays_no_part():
    real, fake = (seen(exact(20, [0, 0], [1, 1]), exact(n, [2, 0], [1, 3])) for n in (25, 30))
    order = torch.randperm(50, generator=torch.Generator().manual_seed(1))
    again = {name: rows[order] for name, rows in fake.items()}
    values = [METRIC.compare(METRIC.summarise(one), METRIC.summarise(real)) for one in (fake, again)]
    assert values[0] == pytest.approx(values[1], rel=1e-9)


@pytest.mark.parametrize(
    ("fake", "real", "said"),
    [
        ((5, 1), (5, 5), "2 generated images of each, and class 1 has 1"),
        ((5,), (5, 5), "2 generated images of each, and class 1 has 0"),
        ((5, 5), (1, 5), "2 real images of each, and class 0 has 1"),
        ((5, 5), (5,), "2 real images of each, and class 1 has 0"),
    ],
)
def test_classes_of_a_single_image_are_refused(fake, real, said):
    rng = torch.Generator().manual_seed(0)
    one, other = (summary(*(torch.randn(n, 3, generator=rng) for n in sizes)) for sizes in (fake, real))
    with pytest.raises(MetricError, match=said):
        METRIC.compare(one, other)


def test_its_spread_is_that_of_random_halves():
    rng = torch.Generator().manual_seed(3)
    real = summary(*(torch.randn(300, 4, generator=rng) + k for k in range(4)))
    rows = {"features": torch.randn(2000, 4, generator=rng), "label": (torch.arange(2000) % 4).float().unsqueeze(1)}
    rows["features"] += rows["label"] + 1
    halves = random_halves(2000, 60)
    values = [METRIC.compare(METRIC.summarise({k: v[half] for k, v in rows.items()}), real) for half in halves]
    given = METRIC.spread(METRIC.summarise(rows), real, halves)
    assert given == pytest.approx(standard_error(values, 2000), rel=0.3)  # each is good for a tenth or so


def test_the_labels_keep_the_word_fid_for_inception():
    assert (METRIC.label("inception"), METRIC.label("digits")) == ("intra FID", "intra FD[digits]")


def test_it_passes_the_checks():
    found = check_entry(registry(), registry().get("metric", "intra-fid"))
    assert all(finding.ok for finding in found), [str(finding) for finding in found if not finding.ok]


# -- the evaluator ---------------------------------------------------------------------------------------------------


@pytest.fixture
def evaluator(tmp_path, monkeypatch):
    monkeypatch.setattr(TinyExtractor, "shipped", weights_at(tmp_path / "tiny.safetensors"))
    return Evaluator.open(registry(), "tiny", ("fid", "intra-fid"), cache=Cache(tmp_path / "cache"))


def labelled(images, labels):
    rest = [Labelled(images, labels)]
    return lambda n: rest.pop()


def test_labels_are_part_of_what_is_remembered_of_the_real_images(evaluator):
    real, one = drawn(60, seed=1), torch.arange(60) % 3
    other = one.roll(1)
    for labels in (one, other, one):
        reference = evaluator.reference(real, "as ever", labels=labels)
        kept = reference.measured["intra-fid"].summary["label"].flatten()
        assert torch.equal(kept, labels)
    assert len(evaluator.kept("as ever", 60)) == len(set(evaluator.kept("as ever", 60)))


def test_the_floor_is_that_of_the_two_halves_of_each_class(evaluator):
    real, labels = drawn(90, seed=1), torch.arange(90) % 3
    for _ in range(2):  # computed, and from the cache
        reference = evaluator.reference(real, "real", labels=labels)
        by_class = reference.floor_by_class["intra-fid"]
        assert sorted(by_class) == [0, 1, 2]
        assert reference.floor["intra-fid"] == pytest.approx(sum(by_class.values()) / 3)
    assert reference.real["intra-fid"] == pytest.approx(0, abs=1e-5)


def test_numbers_of_classes_are_given_where_they_are_asked_for(evaluator):
    real, fake, labels = drawn(60, seed=1), drawn(40, seed=2), torch.arange(40) % 2
    reference = evaluator.reference(real, "real", labels=torch.arange(60) % 2)
    found, spreads = {}, {}
    numbers = evaluator.score(labelled(fake, labels), 40, reference, by_class=found, spreads=spreads, replicates=4)
    values = found["intra-fid"]
    assert list(found) == ["intra-fid"] and list(values) == [0, 1]
    assert all(isinstance(one, OfClass) and (one.generated, one.real) == (20, 30) for one in values.values())
    assert numbers["intra-fid"] == pytest.approx(sum(one.value for one in values.values()) / 2)
    assert set(spreads) == {"fid", "intra-fid"}


def test_samples_without_classes_are_refused(evaluator):
    real = drawn(40, seed=1)
    with pytest.raises(MetricError, match="intra-fid compares samples class by class, and these have no classes"):
        evaluator.reference(real, "real")
    reference = evaluator.reference(real, "real", labels=torch.arange(40) % 2)
    with pytest.raises(MetricError, match="these have no classes: leave it out of --metrics"):
        evaluator.score(lambda n: drawn(40), 40, reference)


def test_real_images_of_a_class_that_is_held_out_are_judged_with_their_classes(evaluator):
    real, labels = drawn(60, seed=1), torch.arange(60) % 2
    reference = evaluator.reference(real, "real", labels=labels)
    again = evaluator.score_data(real, reference, labels=labels)
    assert again["intra-fid"] == pytest.approx(0, abs=1e-5)


# -- numbers of samples ----------------------------------------------------------------------------------------------


def test_a_class_with_a_single_real_sample_is_named():
    with pytest.raises(
        MetricError, match=r"needs 2 real samples of it or more, and class rare of birds has fewer \(1\)"
    ):
        require_of_each_class({"intra-fid": METRIC}, "birds", ("common", "rare"), (99, 1), 1000)


def test_the_number_of_samples_that_would_do_is_named():
    # The rarer of two classes is one in ten: 150 samples make 15 of it, where 16 are wanted, of 160.
    with pytest.raises(MetricError, match=r"150 samples make about 15 of class rare .*ask for --samples 160 or more"):
        require_of_each_class({"intra-fid": METRIC}, "birds", ("common", "rare"), (90, 10), 150)
    require_of_each_class({"intra-fid": METRIC}, "birds", ("common", "rare"), (90, 10), 160)
    require_of_each_class({"fid": FrechetDistance()}, "birds", ("common", "rare"), (99, 1), 3)
