"""Precision, recall, density and coverage, beside their definitions and beside torch-fidelity."""

import gc

import pytest
import torch
from ganzoo_plugins.fidelity import manifold
from ganzoo_plugins.fidelity.coverage import Coverage
from ganzoo_plugins.fidelity.manifold import Density, Precision, Recall

from ganzoo.errors import MetricError

ALL = {"precision": Precision, "recall": Recall, "density": Density, "coverage": Coverage}


def sets(n=150, m=120, features=6, spread=0.8, shift=0.4):
    rng = torch.Generator().manual_seed(1)
    fake = spread * torch.randn(n, features, generator=rng) + shift
    return {"features": fake}, {"features": torch.randn(m, features, generator=rng)}


def by_definition(name, fake, real):
    """In loops, from the equations of the papers."""
    k = 3 if name in ("precision", "recall") else 5
    fake, real = fake.double(), real.double()

    def radius(rows, i):
        others = torch.cat([rows[:i], rows[i + 1 :]])
        return (others - rows[i]).square().sum(1).sqrt().sort().values[k - 1]

    def inside(centres, points):
        # With the rim in arXiv:1904.06991, without it in the code of arXiv:2002.09797.
        within = torch.le if name in ("precision", "recall") else torch.lt
        return torch.stack(
            [within((points - centre).square().sum(1).sqrt(), radius(centres, i)) for i, centre in enumerate(centres)]
        )

    if name == "recall":
        return float(inside(fake, real).any(0).double().mean())
    table = inside(real, fake)
    if name == "precision":
        return float(table.any(0).double().mean())
    return float(table.double().sum() / (k * len(fake)) if name == "density" else table.any(1).double().mean())


@pytest.mark.parametrize("name", ALL)
def test_the_numbers_are_those_of_the_definitions(name):
    fake, real = sets()
    found = ALL[name]().compare(fake, real)
    assert found == pytest.approx(by_definition(name, fake["features"], real["features"]), abs=1e-9)
    assert 0.2 < found < 1 or name == "density"
    assert type(found) is float


@pytest.mark.parametrize(("n", "m", "features"), [(150, 120, 6), (300, 250, 4), (80, 200, 32)])
def test_precision_and_recall_are_those_of_torch_fidelity(n, m, features):
    from torch_fidelity import metric_prc

    fake, real = sets(n, m, features)
    theirs = metric_prc.prc_features_to_metric(
        fake["features"].double(),
        real["features"].double(),
        prc_neighborhood=3,
        prc_batch_size=1000,
        save_cpu_ram=False,
        verbose=False,
    )
    for name in ("precision", "recall"):
        assert ALL[name]().compare(fake, real) == pytest.approx(theirs[name], abs=1e-6)


def test_density_and_coverage_worked_by_hand():
    # On a line: the fifth neighbours of 0, 1, ..., 6 are at distances 5, 4, 3, 3, 3, 4, 5.
    real = {"features": torch.arange(7.0)[:, None]}
    fake = {"features": torch.tensor([[0.0], [-3.0], [-3.5], [50.0], [51.0], [52.0]])}
    # 0 lies within reach of 0, 1 and 2, on the rim of 3; -3 of 0, on the rim of 1; -3.5 of 0; the others of none.
    assert Density().compare(fake, real) == pytest.approx((3 + 1 + 1) / (5 * 6), abs=1e-12)
    assert Coverage().compare(fake, real) == pytest.approx(3 / 7, abs=1e-12)


def test_copies_of_an_image_do_not_count_for_density_and_coverage():
    # Seven at 10 have no reach, as five others lie at no distance; 0, ..., 3 reach to 10, their fifth or less.
    real = {"features": torch.tensor([0.0, 1.0, 2.0, 3.0, *[10.0] * 7])[:, None]}
    copies = {"features": torch.full((6, 1), 10.0)}
    assert Density().compare(copies, real) == 0.0  # on the rims of four, and in seven balls of no radius
    assert Coverage().compare(copies, real) == 0.0
    assert Precision().compare(copies, real) == 1.0  # which has rims
    near = {"features": torch.tensor([[9.5]] * 6)}
    assert Density().compare(near, real) == pytest.approx(4 / 5, abs=1e-12)
    assert Coverage().compare(near, real) == pytest.approx(4 / 11, abs=1e-12)


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_sets_with_many_copies_are_as_in_the_definitions(share):
    fake, real = sets(120, 100)
    for rows in (fake["features"], real["features"]):
        rows[: int(share * len(rows))] = rows[0].clone()
    real["features"][:3] = fake["features"][:3]  # ties between the sets
    for name, kind in ALL.items():
        want = by_definition(name, fake["features"], real["features"])
        assert kind().compare(fake, real) == pytest.approx(want, abs=1e-9), name


def test_a_set_beside_itself_is_all_there():
    _, real = sets()
    same = {"features": real["features"].clone()}
    for name in ("precision", "recall", "coverage"):
        assert ALL[name]().compare(same, real) == 1.0
    # Each ball holds its own image and four of the nearest others; the fifth lies on its rim.
    assert Density().compare(same, real) == pytest.approx(1.0, abs=1e-12)


def test_outliers_that_spoil_precision_and_recall_leave_density_and_coverage():
    rng = torch.Generator().manual_seed(0)
    real = torch.randn(200, 4, generator=rng)
    far = torch.cat([real, 8 * torch.nn.functional.normalize(torch.randn(5, 4, generator=rng))])
    poor = {"features": 4 * torch.randn(300, 4, generator=rng)}
    gain = {
        name: ALL[name]().compare(poor, {"features": far}) - ALL[name]().compare(poor, {"features": real})
        for name in ("precision", "density")
    }
    assert gain["precision"] > 2 * gain["density"] > 0


def test_what_is_found_of_two_sets_is_shared_and_forgotten_with_them(monkeypatch):
    calls = []

    def counted(name):
        found = getattr(manifold, name)
        monkeypatch.setattr(manifold, name, lambda *given, **how: (calls.append(name), found(*given, **how))[1])

    counted("nearest")
    counted("balls")
    fake, real = sets()
    before = len(manifold._BALLS._kept)
    for metric in ALL.values():
        metric().compare(fake, real)
    # The real neighbours serve three metrics, and the balls of k = 5 serve two.
    assert sorted(calls) == ["balls"] * 3 + ["nearest"] * 2
    Density().compare({"features": fake["features"].clone()}, real)
    assert sorted(calls) == ["balls"] * 4 + ["nearest"] * 2
    del fake, real
    gc.collect()
    assert len(manifold._BALLS._kept) <= before


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("few", ["fake", "real"])
def test_too_few_images_are_refused_with_the_number_that_it_takes(name, few):
    least = 4 if name in ("precision", "recall") else 6
    fake, real = sets(*((least - 1, 50) if few == "fake" else (50, least - 1)))
    with pytest.raises(MetricError, match=f"{name} needs at least {least} images in each set, not {least - 1}"):
        ALL[name]().compare(fake, real)
    fake, real = sets(least, least)
    assert ALL[name]().compare(fake, real) >= 0


@pytest.mark.parametrize("name", ALL)
def test_each_says_which_neighbour_it_goes_by(name):
    k = 3 if name in ("precision", "recall") else 5
    assert ALL[name]().states(100, 100) == f"neighbourhoods of k = {k}"
    assert ALL[name]().label("inception") == name
    assert ALL[name]().label("digits") == f"{name}[digits]"


@pytest.mark.gpu
@pytest.mark.parametrize("name", ALL)
def test_a_gpu_finds_what_a_cpu_finds(name):
    fake, real = sets(3000, 5000, 16)
    on_gpu = {"features": fake["features"].cuda()}
    assert ALL[name]().compare(on_gpu, real) == pytest.approx(ALL[name]().compare(fake, real), abs=2e-4)
