"""Ring and grid: their points, what sees them, and a bench of them from end to end."""

import json
import math

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from ganzoo_plugins.mixtures.dataset import Grid, Ring
from ganzoo_plugins.mixtures.extractor import GridExtractor, RingExtractor
from ganzoo_plugins.mixtures.mixture import Mixture
from small_benches import ganzoo, specs

from ganzoo.bench.runs.session import TrainingSession
from ganzoo.cli import cli
from ganzoo.data.packed import content_hash
from ganzoo.errors import DataError, SetupError
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

H = math.sqrt(0.5)
RING = [(1, 0), (H, H), (0, 1), (-H, H), (-1, 0), (-H, -H), (0, -1), (H, -H)]
GRID = [(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)]
BOTH = pytest.mark.parametrize(
    ("dataset", "extractor", "centres", "std"),
    [(Ring, RingExtractor, RING, 0.01), (Grid, GridExtractor, GRID, 0.05)],
    ids=["ring", "grid"],
)


@BOTH
def test_the_centres_are_where_they_are_said_to_be(dataset, extractor, centres, std):
    mixture = Mixture.read(Mixture.path(dataset.name))
    assert mixture.std == std
    assert mixture.centres == pytest.approx(np.array(centres, float), abs=1e-15)
    assert extractor.modes == len(centres) and extractor.point == 2
    assert torch.equal(extractor().centres, torch.tensor(centres, dtype=torch.float32))


@BOTH
def test_points_are_spread_about_their_centres(dataset, extractor, centres, std):
    found = dataset().read({})
    assert (found.pixels.shape, found.pixels.dtype) == ((100_000, 2, 1, 1), np.float32)
    assert len(found.classes) == len(set(found.classes)) == len(centres)
    counts = np.bincount(found.labels, minlength=len(centres))
    even = 100_000 / len(centres)
    assert np.abs(counts - even).max() < 5 * math.sqrt(even)
    off = (found.pixels[:, :, 0, 0] - np.array(centres)[found.labels]) / std
    assert np.abs(off.mean(0)).max() < 5 / math.sqrt(100_000)
    assert off.std(0) == pytest.approx(1, abs=0.01)
    assert abs(np.corrcoef(off.T)[0, 1]) < 0.02
    # of a Gaussian in the plane 1 - exp(-9/2) lie within three standard deviations
    assert (np.hypot(*off.T) < 3).mean() == pytest.approx(1 - math.exp(-4.5), abs=0.002)


@pytest.mark.parametrize(
    ("dataset", "digest"),
    [
        (Ring, "cbc0ab694ffc75f44965acfa2e074fe29c01aea8a5ddaa6c491b438cbcf4dea9"),
        (Grid, "253601cfb642e9e0c463c13dc0875285eef75abead452455d4fc8f9234376e35"),
    ],
)
def test_the_points_are_the_same_every_time(dataset, digest):
    first, second = dataset().read({}), dataset().read({})
    # A published number hangs on it: whoever changes the points must give the dataset a new name.
    assert content_hash(first) == content_hash(second) == digest


def test_classes_are_named_after_their_centres():
    assert Ring().read({}).classes[:4] == ("(1, 0)", "(0.707, 0.707)", "(0, 1)", "(-0.707, 0.707)")
    assert Grid().read({}).classes[::6] == ("(-4, -4)", "(-2, -2)", "(0, 0)", "(2, 2)", "(4, 4)")


def seen_by(extractor, points):
    with torch.no_grad():
        return extractor()(torch.tensor(points, dtype=torch.float32)[:, :, None, None])


@pytest.mark.parametrize(
    ("extractor", "point", "mode"),
    [
        (RingExtractor, (1.0, 0.0), 0),
        (RingExtractor, (1.0299, 0.0), 0),
        (RingExtractor, (1.0301, 0.0), -1),
        (RingExtractor, (0.0, 0.9701), 2),
        (RingExtractor, (0.0, 0.9699), -1),
        (RingExtractor, (-H + 0.0212, -H - 0.0212), 5),  # 0.02998 away
        (RingExtractor, (-H + 0.0213, -H - 0.0213), -1),  # 0.03012
        (RingExtractor, (0.0, 0.0), -1),
        (RingExtractor, (1e30, -1e30), -1),
        (GridExtractor, (-4.0, -4.0), 0),
        (GridExtractor, (4.0, 4.1499), 24),
        (GridExtractor, (4.0, 4.1501), -1),
        (GridExtractor, (-2.1499, 0.0), 7),
        (GridExtractor, (-2.1501, 0.0), -1),
        (GridExtractor, (2.0899, -0.1199), 17),  # of (0.09, 0.12) the length is 0.15
        (GridExtractor, (2.0901, -0.1201), -1),
        (GridExtractor, (1.0, 1.0), -1),
    ],
)
def test_a_point_counts_for_a_mode_within_three_standard_deviations(extractor, point, mode):
    seen = seen_by(extractor, [point])
    assert seen["mode"].tolist() == [[mode]]
    assert seen["quality"].tolist() == [[float(mode >= 0)]]


def test_features_are_the_points_and_logits_their_log_densities():
    points = [(0.5, -0.25), (4.0, 2.0)]
    seen = seen_by(GridExtractor, points)
    assert seen["features"].tolist() == [[0.5, -0.25], [4.0, 2.0]]
    for row, (x, y) in zip(seen["logits"].tolist(), points, strict=True):
        by_hand = [-((x - a) ** 2 + (y - b) ** 2) / (2 * 0.05**2) for a, b in GRID]
        assert row == pytest.approx(by_hand, rel=1e-5, abs=1e-6)
    assert {key: tuple(value.shape) for key, value in seen.items()} == {
        "features": (2, 2),
        "logits": (2, 25),
        "mode": (2, 1),
        "quality": (2, 1),
    }


def test_a_point_far_away_has_finite_logits():
    seen = seen_by(RingExtractor, [(3e38, 0.0), (-1e25, 1e25)])
    assert all(value.isfinite().all() for value in seen.values())


@BOTH
def test_real_points_are_seen_as_the_modes_that_they_were_drawn_of(dataset, extractor, centres, std):
    found = dataset().read({})
    with torch.no_grad():
        mode = extractor()(torch.from_numpy(found.pixels))["mode"][:, 0].numpy()
    assert (mode[mode >= 0] == found.labels[mode >= 0]).all()
    assert (mode >= 0).mean() == pytest.approx(1 - math.exp(-4.5), abs=0.002)


def test_centres_may_be_given(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"std": 1, "centres": [[10 * k, 0] for k in range(8)]}))
    points = torch.tensor([[31.0, 0.5], [35.0, 0.0]])[:, :, None, None]
    assert RingExtractor(weights=path)(points)["mode"].tolist() == [[3], [-1]]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[1, 2]",
        "{}",
        '{"std": 1}',
        '{"std": 1, "centres": [[0, 0]]}',
        json.dumps({"std": 0, "centres": RING}),
        json.dumps({"std": math.nan, "centres": RING}),
        json.dumps({"std": 1, "centres": [[1, 2, 3]] * 8}),
        json.dumps({"std": 1, "centres": [[1, math.inf]] * 8}),
        json.dumps({"std": 1, "centres": [[1], [1, 2]]}),
        f'{{"std": 1, "centres": [[1, 1{"0" * 400}], [1, 2]]}}',
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, content):
    path = tmp_path / "mine.json"
    path.write_text(content)
    with pytest.raises(SetupError, match=r"mine\.json does not hold the 8 centres of the extractor ring"):
        RingExtractor(weights=path)


def test_an_installation_without_the_centres_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(Mixture, "path", staticmethod(lambda name: tmp_path / f"{name}.json"))
    with pytest.raises(DataError, match=r"the shipped file 'ring.json' is missing or damaged"):
        Ring().read({})


# -- benches -----------------------------------------------------------------------------------------------------

RECIPE = """
title: points
generator: {name: mlp, z_dim: 2, width: 8, depth: 1, output: linear}
discriminator: {name: mlp, width: 8, depth: 1}
loss: non-saturating
g_optimizer: {name: adam, lr: 1e-3, betas: [0.5, 0.999]}
d_optimizer: {name: adam, lr: 1e-3, betas: [0.5, 0.999]}
schedule: {batch: 50, ema: 0}
"""


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "points.yaml"
    path.write_text(RECIPE)
    return str(path)


def ring_specs(recipe, **changes):
    return specs(recipe, **{"dataset": "ring", "extractor": None, "overrides": (), "samples": None, **changes})


def test_the_data_say_how_they_are_judged(recipe):
    (spec,) = ring_specs(recipe)
    assert (spec.extractor, spec.metrics, spec.samples) == ("ring", ("modes", "high-quality", "reverse-kl"), 2500)
    assert spec.identity["extractor"] == "ring"
    (asked,) = ring_specs(recipe, metrics=("fid",), samples=30)
    assert (asked.extractor, asked.metrics, asked.samples) == ("ring", ("fid",), 30)
    (silent,) = ring_specs(recipe, extractor="none")
    assert (silent.extractor, silent.metrics, silent.samples) == (None, (), 2500)


def test_images_are_judged_as_ever():
    (plain,) = specs("dcgan", dataset="digits", extractor=None, samples=None)
    (asked,) = specs("dcgan", dataset="digits", extractor="digits", samples=1797, metrics=("fid", "is"))
    assert (plain.extractor, plain.metrics, plain.samples) == ("digits", ("fid", "is"), 1797)
    assert plain.key == asked.key


@pytest.fixture
def session(recipe):
    (spec,) = ring_specs(recipe, samples=300)
    return TrainingSession(spec, load_zoo(third_party=False), Cache.open(print), print)


def test_a_fitted_run_draws_and_scores_points(session):
    points = session.pictures(70)
    assert (points.shape, points.dtype) == ((70, 2, 1, 1), torch.float32)
    assert torch.equal(points, session.pictures(70))
    rounded = (points * 127.5).round() / 127.5
    assert not torch.allclose(points, rounded, atol=1e-4)  # nothing was quantised
    drawn = {}
    numbers = session.score(300, pictures=drawn)
    assert session.score(300) == numbers
    assert numbers.keys() == {"modes", "high-quality", "reverse-kl"}
    assert drawn.keys() == {"modes"} and drawn["modes"].startswith(b"\x89PNG")


def test_a_fitted_run_shows_the_first_of_the_real_points(session):
    real = Ring().read({}).pixels
    assert session.real(250).numpy().tobytes() == real[:250].tobytes()
    assert len(session.real(200_000)) == 100_000


def test_points_that_are_shown_as_they_are_score_as_the_real_ones(session):
    real = session.real(2500)
    rest = iter(real.split(500))
    numbers = session.evaluator.score(lambda n: next(rest), 2500, session.reference)
    assert numbers["modes"] == 8
    assert numbers["high-quality"] == pytest.approx(100 * (1 - math.exp(-4.5)), abs=1)
    assert 0 <= numbers["reverse-kl"] < 0.01


def test_a_bench_of_points_from_end_to_end(recipe, tmp_path):
    words = ["bench", recipe, "--data", "ring", "--seeds", "1", "--budget", "1kimg", "--evaluations", "2"]
    words += ["--device", "cpu", "--threads", "1", "--out", "b", "--json"]
    results = json.loads(ganzoo(*words, cwd=tmp_path).stdout)
    (run,) = results["runs"]
    assert run["status"] == "done"
    assert results["samples"] == 2500
    assert [column["label"] for column in results["columns"]] == ["modes", "high quality %", "reverse KL"]
    assert results["real"]["modes"] == 8
    assert results["floor"]["reverse-kl"] < 0.001
    pictures = {path.name for path in (tmp_path / "b" / run["folder"] / "samples").iterdir()}
    assert {"kimg-000001.000.png", "modes-kimg-000001.000.png"} <= pictures
    scored = json.loads(ganzoo("eval", f"b/{run['folder']}", "--json", cwd=tmp_path).stdout)
    assert scored["metrics"] == run["metrics"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--data", "ring", "--extractor", "inception"],
            "the extractor inception sees images, and the data are points",
        ),
        (["--data", "ring", "--extractor", "digits", "--metrics", "fid"], "use --extractor grid or ring"),
        (["--data", "digits", "--extractor", "ring"], "ring sees points of 2 numbers, and the data are images"),
        (
            ["--data", "digits", "--metrics", "fid,modes"],
            "the metric modes reads mode, which the extractor digits does not give; use --extractor stacked-mnist",
        ),
        (["--data", "digits", "--metrics", "high-quality"], "the metric high-quality reads quality, which"),
    ],
)
def test_what_does_not_fit_is_refused_before_training(recipe, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["bench", recipe, "--device", "cpu", "--out", "b", *words])
    assert done.exit_code == 2
    assert message in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "b").exists()


def test_help_says_whose_the_defaults_are():
    text = " ".join(CliRunner().invoke(cli, ["bench", "--help"]).output.split())
    assert "[default: the data's own, of most fid,is]" in text
    assert "[default: the data's own number, or as many as there are real ones, 50,000 at most]" in text
