"""The Fréchet distance against torch-fidelity, closed forms, and what is known of covariances without full rank."""

import numpy as np
import pytest
import scipy.linalg
import torch
from ganzoo_plugins.fidelity import roots
from ganzoo_plugins.fidelity.frechet import FrechetDistance
from ganzoo_plugins.fidelity.moments import Moments
from ganzoo_plugins.fidelity.roots import factor, trace_of_root
from hypothesis import given, settings
from hypothesis import strategies as st

from ganzoo.errors import MetricError

METRIC = FrechetDistance()


def drawn(n, features, seed, *, scale=1.0, shift=0.0, mix=True):
    """``(n, features)`` float64 whose covariance is no multiple of the identity."""
    rng = torch.Generator().manual_seed(seed)
    rows = torch.randn(n, features, generator=rng, dtype=torch.float64)
    if mix:
        rows = rows @ torch.randn(features, features, generator=rng, dtype=torch.float64) / features**0.5
    return rows * scale + shift


def distance(fake, real):
    return METRIC.compare(METRIC.summarise({"features": fake}), METRIC.summarise({"features": real}))


def gaussian(mu, sigma, n=10**6):
    """The summary of a Gaussian, as if of many images."""
    mu, sigma = (torch.as_tensor(value, dtype=torch.float64) for value in (mu, sigma))
    return {"mu": mu, "sigma": sigma, "factor": factor(sigma), "n": torch.tensor([n])}


def by_roots(one, other):
    """Of two covariances: the trace of the root of their product, through a matrix root in place of eigenvalues."""
    root = scipy.linalg.sqrtm(one)
    return float(np.trace(scipy.linalg.sqrtm(root @ other @ root)).real)


def by_data(fake, real):
    """The distance through singular values of the centred rows, in extended precision up to the last step."""
    wide = [rows.numpy().astype(np.longdouble) for rows in (fake, real)]
    centred = [(rows - rows.mean(0)) / np.sqrt(np.longdouble(len(rows) - 1)) for rows in wide]
    shared = np.linalg.svd((centred[0] @ centred[1].T).astype(np.float64), compute_uv=False).sum()
    gap = wide[0].mean(0) - wide[1].mean(0)
    return float((gap**2).sum() + sum((rows**2).sum() for rows in centred)) - 2 * shared


def covariance(features, seed, rank=None):
    rng = torch.Generator().manual_seed(seed)
    half = torch.randn(features, rank or 2 * features, generator=rng, dtype=torch.float64)
    return half @ half.T / half.shape[1]


# -- against torch-fidelity ----------------------------------------------------------------------------------------


def theirs(fake, real):
    import torch_fidelity

    library = torch_fidelity.metric_fid
    statistics = [library.fid_features_to_statistics(rows) for rows in (fake, real)]
    return statistics, library.fid_statistics_to_metric(*statistics, verbose=False)[library.KEY_METRIC_FID]


@pytest.mark.parametrize(
    ("n_fake", "n_real", "shift"), [(300, 400, 0.3), (50, 400, 0.0), (400, 30, 5.0), (40, 41, 0.1)]
)
def test_summaries_and_distance_are_those_of_torch_fidelity(n_fake, n_real, shift):
    fake, real = drawn(n_fake, 64, 1, shift=shift), drawn(n_real, 64, 2)
    statistics, want = theirs(fake, real)
    for rows, found in zip((fake, real), statistics, strict=True):
        ours = METRIC.summarise({"features": rows})
        for name in ("mu", "sigma"):
            np.testing.assert_allclose(ours[name].numpy(), found[name], rtol=1e-9, atol=1e-14)
    assert distance(fake, real) == pytest.approx(want, rel=1e-6, abs=0)
    assert want > 0.1


def test_features_in_float32_give_the_distance_of_torch_fidelity():
    fake, real = drawn(500, 64, 1).float(), drawn(600, 64, 2, shift=0.2).float()
    assert distance(fake, real) == pytest.approx(theirs(fake, real)[1], rel=1e-6, abs=0)


# -- against closed forms ------------------------------------------------------------------------------------------


def test_gaussians_whose_covariances_commute():
    one, other = torch.tensor([1.0, 4.0, 9.0]), torch.tensor([16.0, 1.0, 4.0])
    turn = torch.linalg.qr(drawn(3, 3, 0)).Q
    sigmas = [turn @ torch.diag(values.double()) @ turn.T for values in (one, other)]
    found = METRIC.compare(gaussian([1, 2, 3], sigmas[0]), gaussian([1, 0, 0], sigmas[1]))
    assert found == pytest.approx((4 + 9) + (3**2 + 1 + 1), rel=1e-12)


def test_gaussians_whose_covariances_do_not_commute():
    one, other = covariance(40, 1), covariance(40, 2)
    assert float((one @ other - other @ one).norm()) > 1
    want = float(one.trace() + other.trace()) - 2 * by_roots(one.numpy(), other.numpy())
    assert METRIC.compare(gaussian(torch.zeros(40), one), gaussian(torch.zeros(40), other)) == pytest.approx(
        want, rel=1e-10
    )


def test_one_feature_has_a_closed_form():
    fake, real = drawn(30, 1, 1, scale=3.0, shift=2.0), drawn(40, 1, 2)
    want = (fake.mean() - real.mean()) ** 2 + (fake.std() - real.std()) ** 2
    assert distance(fake, real) == pytest.approx(float(want), rel=1e-12)


@given(
    st.integers(1, 12),
    st.tuples(st.integers(1, 24), st.integers(1, 24)),
    st.tuples(st.floats(0, 3), st.floats(-3, 3)),
    st.integers(0, 2**31),
)
@settings(max_examples=40, deadline=None)
def test_any_two_covariances_of_any_rank(features, ranks, powers, seed):
    scale = 10 ** torch.linspace(0, powers[0], features, dtype=torch.float64)[:, None] * 10 ** powers[1]
    halves = [drawn(features, rank, seed + i, mix=False) * scale for i, rank in enumerate(ranks)]
    one, other = (half @ half.T for half in halves)
    want = torch.linalg.svdvals(halves[0].T @ halves[1]).sum()
    found = trace_of_root(factor(one), factor(other), other, rank=features)
    assert float(found) == pytest.approx(float(want), abs=1e-6 * float(one.trace() + other.trace()))


# -- without full rank ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_fake", "n_real"), [(20, 30), (20, 500), (500, 20), (64, 500), (65, 64), (2, 2), (2, 500)])
def test_fewer_images_than_features(n_fake, n_real):
    fake, real = drawn(n_fake, 64, 3, shift=0.5), drawn(n_real, 64, 4)
    assert distance(fake, real) == pytest.approx(by_data(fake, real), rel=1e-9)


def test_fewer_images_than_features_against_a_matrix_root():
    fake, real = drawn(20, 48, 3), drawn(30, 48, 4)
    # The root of a singular matrix is out of a matrix root's reach: what is added has a known, small effect.
    little = 1e-12 * np.eye(48)
    one, other = (np.cov(rows.numpy(), rowvar=False) for rows in (fake, real))
    gap = float((fake.mean(0) - real.mean(0)).square().sum())
    want = gap + np.trace(one) + np.trace(other) - 2 * by_roots(one + little, other + little)
    assert distance(fake, real) == pytest.approx(want, rel=1e-4)


@pytest.mark.parametrize("n", [30, 500])
def test_dead_features_count_for_their_means_only(n):
    fake, real = drawn(n, 40, 5), drawn(n + 10, 40, 6)
    alive = distance(fake, real)
    dead = torch.arange(6, dtype=torch.float64)
    wide = [torch.cat([dead.expand(len(rows), -1) * k, rows], 1) for k, rows in enumerate((fake, real))]
    assert distance(*wide) == pytest.approx(alive + float(dead.square().sum()), rel=1e-10)


def test_features_dead_in_one_set_only():
    fake, real = drawn(500, 40, 5), drawn(510, 40, 6)
    fake[:, 7], real[:, 3] = 1.0, 2.0
    assert distance(fake, real) == pytest.approx(by_data(fake, real), rel=1e-9)


def test_features_that_never_change_at_all():
    fake, real = torch.full((50, 8), 3.0), torch.full((60, 8), 1.0)
    assert distance(fake, real) == 8 * 4.0
    assert distance(fake, drawn(60, 8, 1)) == pytest.approx(by_data(fake.double(), drawn(60, 8, 1)), rel=1e-9)


def test_features_that_are_made_of_others():
    # Orthonormal rows keep every distance, so that the wide features have that of the narrow ones.
    turn = torch.linalg.qr(drawn(60, 20, 7)).Q.T
    fake, real = drawn(500, 20, 8, shift=0.2), drawn(600, 20, 9)
    summary = METRIC.summarise({"features": fake @ turn})
    assert summary["factor"].shape == (60, 20)
    assert distance(fake @ turn, real @ turn) == pytest.approx(distance(fake, real), rel=1e-9)


def test_a_feature_given_twice_counts_twice():
    fake, real = drawn(500, 20, 8), drawn(600, 20, 9, shift=0.1)
    twice = [torch.cat([rows, rows], 1) for rows in (fake, real)]
    assert distance(*twice) == pytest.approx(2 * distance(fake, real), rel=1e-9)


def test_features_of_very_different_scales_keep_full_rank():
    scale = torch.logspace(0, -9, 40, dtype=torch.float64)
    fake, real = drawn(300, 40, 1) * scale, drawn(300, 40, 2) * scale
    assert METRIC.summarise({"features": fake})["factor"].shape == (40, 40)
    assert distance(fake, real) == pytest.approx(by_data(fake, real), rel=1e-9)


def test_eigenvalues_near_rounding_are_not_trusted(monkeypatch):
    seen = []
    svdvals = torch.linalg.svdvals
    monkeypatch.setattr(roots.torch.linalg, "svdvals", lambda x: seen.append(x.shape) or svdvals(x))
    many = torch.eye(30, dtype=torch.float64)
    few = torch.diag(torch.tensor([1.0, *[1e-13] * 29], dtype=torch.float64))
    found = trace_of_root(factor(few), factor(few), few, rank=30)
    assert seen == [(30, 30)]
    assert float(found) == pytest.approx(float(few.trace()), rel=1e-14)
    trace_of_root(factor(many), factor(many), many, rank=30)
    assert len(seen) == 1


@pytest.mark.parametrize("n", [30, 300])
def test_a_summary_from_a_cache_gives_the_same_number_to_the_bit(n):
    fake, real = (METRIC.summarise({"features": drawn(n, 64, seed)}) for seed in (1, 2))
    kept = {name: values.clone(memory_format=torch.contiguous_format) for name, values in real.items()}
    assert METRIC.compare(fake, kept) == METRIC.compare(fake, real)


def test_the_factor_is_triangular_where_that_is_faster():
    sigma = covariance(37, 4)
    lower = factor(sigma)
    torch.testing.assert_close(lower @ lower.T, sigma, rtol=1e-12, atol=1e-13)
    assert not lower.triu(1).any()
    made = roots._squared(lower, covariance(37, 5))
    torch.testing.assert_close(made.tril(), (lower.T @ covariance(37, 5) @ lower).tril(), rtol=1e-12, atol=1e-13)


# -- about zero ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [20, 300])
def test_a_distance_of_nothing_is_zero(n):
    summary = METRIC.summarise({"features": drawn(n, 64, 5)})
    assert 0.0 <= METRIC.compare(summary, summary) < 1e-9


@pytest.mark.parametrize(("left", "given_as"), [(-7e-15, 0.0), (-1e-7, 0.0), (2e-9, 2e-9)])
def test_rounding_below_zero_is_given_as_zero(monkeypatch, left, given_as):
    summary = gaussian(torch.zeros(2), torch.eye(2))
    exact = torch.tensor(2 - left / 2, dtype=torch.float64)
    monkeypatch.setattr("ganzoo_plugins.fidelity.frechet.trace_of_root", lambda *given, rank: exact)
    assert METRIC.compare(summary, summary) == pytest.approx(given_as, rel=1e-5)


def test_a_distance_far_below_zero_is_an_error_and_no_zero(monkeypatch):
    summary = gaussian(torch.zeros(2), torch.eye(2))
    far = torch.tensor(2.05, dtype=torch.float64)
    monkeypatch.setattr("ganzoo_plugins.fidelity.frechet.trace_of_root", lambda *given, rank: far)
    with pytest.raises(MetricError, match=r"comes out as -0\.1"):
        METRIC.compare(summary, summary)


@pytest.mark.parametrize("n", [0, 1])
def test_a_single_image_has_no_covariance(n):
    with pytest.raises(MetricError, match=f"at least 2 images, not {n}"):
        METRIC.summarise({"features": drawn(n, 4, 1, mix=False)})


# -- moments -------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.floats(-1e6, 1e6), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_moments_in_batches_are_those_of_the_whole(sizes, shift, seed):
    rows = drawn(sum(sizes) + 2, 5, seed, shift=shift)
    moments = Moments()
    for part in rows.split([*sizes, 2]):
        moments.add(part)
    assert moments.n == len(rows)
    centred = rows - rows.mean(0)
    want = centred.T @ centred / (len(rows) - 1)
    torch.testing.assert_close(moments.mean(), rows.mean(0), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(moments.covariance(), want, rtol=1e-7, atol=1e-8 * float(want.abs().max()))


def test_moments_far_from_zero_keep_their_digits():
    rows = drawn(2000, 8, 3, shift=1e6)
    moments = Moments()
    for part in rows.split(37):
        moments.add(part)
    exact = rows.numpy().astype(np.longdouble)
    exact = exact - exact.mean(0)
    want = (exact.T @ exact / (len(rows) - 1)).astype(np.float64)
    np.testing.assert_allclose(moments.covariance().numpy(), want, rtol=1e-9, atol=1e-9)
    # Sums of plain squares would not: of twelve digits of the offset's square, four are left for the covariance.
    plain = (rows.T @ rows - len(rows) * torch.outer(rows.mean(0), rows.mean(0))) / (len(rows) - 1)
    assert float((plain - torch.from_numpy(want)).abs().max()) > 1e-5


@pytest.mark.gpu
def test_a_gpu_gives_the_distance_of_a_cpu():
    fake, real = drawn(300, 64, 1).float(), drawn(40, 64, 2).float()
    on_gpu = METRIC.summarise({"features": fake.cuda()})
    assert on_gpu["sigma"].is_cuda
    assert METRIC.compare(on_gpu, METRIC.summarise({"features": real})) == pytest.approx(distance(fake, real), rel=1e-9)
