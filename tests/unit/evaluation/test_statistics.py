"""Statistics of a real set stand for its images, as far as they are of the same extractor, weights and settings."""

import numpy as np
import pytest
import tiny_extractor
import torch
from evaluated_sets import features, files, frechet, mixed
from image_files import fill

from ganzoo.errors import DataError, MetricError
from ganzoo.evaluation import export_statistics

METRICS = ("fid", "kid", "precision", "coverage", "fid-infinity", "is")
FAKE, REAL = tiny_extractor.images(30, seed=1), tiny_extractor.images(40, seed=2)


@pytest.fixture
def exported(tmp_path, judged):
    def export(real=REAL, metrics=METRICS, name="stats.npz", **options):
        path = tmp_path / name
        told = export_statistics(
            real, path, **{"metrics": metrics, "extractor": "tiny", "device": "cpu", "zoo": judged.zoo, **options}
        )
        return path, told

    return export


def test_statistics_give_the_numbers_of_the_images(tmp_path, judged, exported):
    images = mixed(40)
    fill(tmp_path / "real", files(images))
    path, told = exported(tmp_path / "real")
    found = judged(FAKE, path, extractor=None, metrics=None)  # those of the file
    direct = judged(FAKE, tmp_path / "real", metrics=METRICS)
    assert found.metrics == direct.metrics
    assert (found.real.hash, found.real.n, found.floor_n) == (direct.real.hash, 40, 20)
    assert (found.real.kind, found.pairs) == ("statistics", None)
    assert told.n == 40


def test_mu_and_sigma_are_where_other_programs_look_for_them(exported):
    path, _ = exported()
    with np.load(path) as file:
        mu, sigma = file["mu"], file["sigma"]
    seen = features(list(REAL))
    assert np.allclose(mu, seen.mean(0), atol=1e-5)
    assert np.allclose(sigma, np.cov(seen, rowvar=False), atol=1e-5)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_another_programs_moments_are_read_and_what_is_unknown_is_told(tmp_path, judged, save):
    seen = features(list(REAL))
    save(tmp_path / "theirs.npz", mu=seen.mean(0), sigma=np.cov(seen, rowvar=False))
    found = judged(FAKE, tmp_path / "theirs.npz", metrics=("fid", "fid-infinity"))
    assert found["fid"].value == pytest.approx(frechet(features(list(FAKE)), seen), rel=1e-5)
    direct = judged(FAKE, REAL, metrics=("fid-infinity",))
    assert found["fid-infinity"].value == pytest.approx(direct["fid-infinity"].value, rel=1e-5)
    assert (found.real.n, found.real.hash, found["fid"].floor, found.floor_n) == (None, None, None, None)
    assert any("none of it could be checked" in fact for fact in found.facts)
    assert list(judged(FAKE, tmp_path / "theirs.npz", metrics=None).metrics) == ["fid"]


def test_clean_fids_features_are_read_for_kid(tmp_path, judged):
    np.savez(tmp_path / "theirs_kid.npz", feats=features(list(REAL)))
    found = judged(FAKE, tmp_path / "theirs_kid.npz", metrics=None)
    assert found["kid"].value == pytest.approx(judged(FAKE, REAL, metrics=("kid",))["kid"].value, rel=1e-4)


def test_other_weights_and_settings_are_refused(tmp_path, judged, exported, monkeypatch):
    path, _ = exported(metrics=("fid", "kid"))
    other = tiny_extractor.weights_at(tmp_path / "other.safetensors", mix=torch.eye(12))
    with pytest.raises(DataError, match=r"made with the weights \w{8}, and this evaluation is with \w{8}: .*--export"):
        judged(FAKE, path, extractor_weights=other)
    with pytest.raises(DataError, match="made with the extractor tiny, and this evaluation is with features-only"):
        judged(FAKE, path, extractor="features-only")
    with pytest.raises(DataError, match="holds statistics for fid, kid, and not for precision"):
        judged(FAKE, path, metrics=("fid", "precision"))
    from ganzoo_plugins.fidelity.kernel import KernelDistance

    original = KernelDistance.__init__

    def fewer(self):
        original(self)
        self.subsets = 7

    monkeypatch.setattr(KernelDistance, "__init__", fewer)
    with pytest.raises(DataError, match="other settings of the metric kid"):
        judged(FAKE, path, metrics=("kid",))


def test_what_cannot_be_compared_is_told(tmp_path, judged, exported):
    np.savez(tmp_path / "short.npz", mu=np.zeros(5), sigma=np.eye(5))
    with pytest.raises(DataError, match="made of 5 features, and the extractor tiny gives 12"):
        judged(FAKE, tmp_path / "short.npz")
    np.savez(tmp_path / "uneven.npz", mu=np.zeros(5), sigma=np.eye(4))
    with pytest.raises(DataError, match="do not fit together"):
        judged(FAKE, tmp_path / "uneven.npz")
    np.savez(tmp_path / "nan.npz", mu=np.full(12, np.nan), sigma=np.eye(12))
    with pytest.raises(DataError, match="not finite"):
        judged(FAKE, tmp_path / "nan.npz")
    np.savez(tmp_path / "plain.npz", mu=np.zeros(12), sigma=np.eye(12))
    with pytest.raises(DataError, match=r"holds mu and sigma alone, which KID\[tiny\] cannot be computed of"):
        judged(FAKE, tmp_path / "plain.npz", metrics=("kid",))
    path, _ = exported(metrics=("fid",))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(DataError, match=r"damaged|no path"):
        judged(FAKE, path)
    with pytest.raises(MetricError, match=r"written as \.npz"):
        exported(name="stats.json", metrics=("fid",))
