"""Runs whose third party's plugin was taken away: drawn and judged all the same, or refused by who gave what."""

import json
import shutil

import pytest
from installed_plugins import Site
from small_benches import ganzoo_here, request, start_runs

from ganzoo.bench.plan import prepare
from ganzoo.bench.results.folders import run_folder
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training.checkpoints import checkpoint
from ganzoo.training.checkpoints.manifest import MANIFEST, STATE, VALUES, digest, manifest_of, parts_of

PARTS = '''
import torch
from ganzoo_plugins.fidelity.inception_score import InceptionScore
from torch import nn
from ganzoo.interfaces import Loss, Regularizer

class Vend(Loss):
    def d_loss(self, turn):
        return torch.relu(1 - turn.on_real["logits"]).mean() + torch.relu(1 + turn.on_fake["logits"]).mean()
    def g_loss(self, turn):
        return -turn.on_fake["logits"].mean()

class Second(Vend):
    second_order = True

class Latents(Regularizer):
    """Draws other latents: nothing of it is in a checkpoint."""
    def prepare(self, G, D):
        drawn = G.sample_z
        G.sample_z = lambda n, **how: drawn(n, **how).sign()

class Quiet(Regularizer):
    """Has a say, and leaves the generator as it is."""
    def prepare(self, G, D):
        self.seen = [tuple(p.shape) for p in G.parameters()]
    def g_penalty(self, turn):
        return turn.fake.square().mean()

class Wrap(Regularizer):
    """Changes the names of what the generator learns."""
    def prepare(self, G, D):
        for layer in [m for m in G.modules() if isinstance(m, nn.ConvTranspose2d)]:
            nn.utils.parametrizations.spectral_norm(layer)

class Marks(InceptionScore):
    pass
'''
HOOKS = """
import ganzoo
@ganzoo.hookimpl
def register_losses(register):
    register("vend", "vend_parts:Vend")
    register("vend-second", "vend_parts:Second")
@ganzoo.hookimpl
def register_regularizers(register):
    register("vend-latents", "vend_parts:Latents")
    register("vend-quiet", "vend_parts:Quiet")
    register("vend-wrap", "vend_parts:Wrap")
@ganzoo.hookimpl
def register_metrics(register):
    register("vend-marks", "vend_parts:Marks")
"""
ALONE = ["dcgan:loss=vend", "dcgan:loss=vend-second", "wgan-gp:regularizers=[gradient-penalty,vend-quiet]",
         "biggan:loss=vend", "infogan:loss=vend"]  # fmt: skip
LATENTS, WRAPPED = "dcgan:regularizers=[vend-latents]", "dcgan:regularizers=[vend-wrap]"
LOSS, METRIC = "the loss 'vend'", "the metric 'vend-marks'"


def gave(part):
    return f"vend-gan 1.2 gave {part} and is not installed"


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A bench of short runs with a plugin that is gone since; gives where it lies, and the folder of each run."""
    here = tmp_path_factory.mktemp("here")
    site = here / "site"
    site.mkdir()
    (site / "vend_parts.py").write_text(PARTS)
    Site(site).install("vend-gan", HOOKS)
    how = {"kimg": 0.05, "evaluations": 1, "extractor": "digits", "metrics": ("fid", "is", "vend-marks")}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        zoo = load_zoo()
        specs = prepare(request(*ALONE, LATENTS, WRAPPED, third_party=True, **how), zoo, Cache.open()).specs
        runs = {spec.name: run_folder(here / "bench", spec.name, spec.seed) for spec in specs}
        results = start_runs(list(runs.values()), specs, zoo=zoo).play_all()
        (judged,) = prepare(
            request(ALONE[0], third_party=True, **how | {"metrics": ("fid", "is")}), zoo, Cache.open()
        ).specs
        results += start_runs([run_folder(here / "judged", judged.name, judged.seed)], [judged], zoo=zoo).play_all()
    assert [result["status"] for result in results] == ["done"] * (len(runs) + 1)
    return here, runs


def sampled(run, folder, **how):
    """The picture that ``ganzoo sample`` draws, and what it says."""
    done = ganzoo_here("sample", str(run), "--out", "drawn.png", cwd=folder, **how)
    return (folder / "drawn.png").read_bytes() if not done.returncode else None, done


def from_before(run, folder):
    """A copy of a run whose checkpoint tells nothing of its generator, as those from before it did."""
    shutil.copytree(run, folder / "run")
    (newest, *_) = checkpoint.checkpoints(folder / "run/checkpoints")
    found = checkpoint.read(newest)
    del found.values["trainer"]["generator"]
    plain = json.dumps(found.values).encode()
    (newest / VALUES).write_bytes(plain)
    parts = parts_of(found.tensors, found.values)
    state = digest((newest / STATE).read_bytes())
    (newest / MANIFEST).write_text(manifest_of(found.step, parts, state=state, values=digest(plain)))
    return folder / "run"


@pytest.mark.slow
@pytest.mark.parametrize("name", ALONE)
def test_what_only_generates_needs_no_more_than_the_generator(played, tmp_path, name):
    _, runs = played
    (grid,) = (runs[name] / "samples").glob("kimg-*.png")
    picture, done = sampled(runs[name], tmp_path)
    assert picture == grid.read_bytes() and "Warning" not in done.stderr
    then = json.loads((runs[name] / "result.json").read_text())["metrics"]
    done = ganzoo_here("eval", str(runs[name]), "--metrics", "fid,is", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["metrics"] == {key: then[key] for key in ("fid", "is")}  # to the last digit


@pytest.mark.slow
@pytest.mark.parametrize(("name", "part"), [(LATENTS, "vend-latents"), (WRAPPED, "vend-wrap")])
def test_a_term_that_changed_the_generator_must_be_there(played, tmp_path, name, part):
    _, runs = played
    picture, done = sampled(runs[name], tmp_path, check=False)
    assert picture is None and done.returncode == 3
    needs = "cannot be drawn from: its generator needs a part: "
    assert done.stderr == f"Error: {runs[name]} {needs}{gave(f'the regularizer {part!r}')}\n"


def test_a_checkpoint_that_tells_nothing_of_its_generator(played, tmp_path):
    _, runs = played
    run = from_before(runs["dcgan:loss=vend"], tmp_path)
    picture, done = sampled(run, tmp_path)
    (grid,) = (run / "samples").glob("kimg-*.png")
    assert picture == grid.read_bytes()
    assert f"{run}: {gave(LOSS)}: what is drawn or judged may not be its own" in done.stderr


def test_tensors_that_a_missing_term_wrapped(played, tmp_path):
    _, runs = played
    run = from_before(runs[WRAPPED], tmp_path)
    _, done = sampled(run, tmp_path, check=False)
    said = gave("the regularizer 'vend-wrap'")
    assert done.returncode == 3
    assert done.stderr.startswith(f"Error: {run} cannot be drawn from: {said}; without that, it lacks 'G.")


def audited(run, folder):
    """Return what an audit tells of a run's evaluation, and the run's metrics."""
    done = ganzoo_here("audit", str(run), "--json", cwd=folder, check=False)
    (found,) = json.loads(done.stdout)["runs"]
    return next(check for check in found["checks"] if check["check"] == "evaluation"), found["metrics"]


def test_an_audit_evaluates_the_generator_alone(played, tmp_path):
    """On the processor that the run was on, so to the last digit; what may have changed the generator is not passed."""
    here, _ = played
    run = run_folder(here / "judged", "dcgan:loss=vend", 0)
    check, metrics = audited(run, tmp_path)
    alone = "evaluated again: equal to the last digit, the generator alone: the rest of its game is not here"
    assert (check["held"], check["said"]) == (True, alone)
    result = json.loads((run / "result.json").read_text())
    assert metrics == result["metrics"] and metrics["fid"] > 0
    check, metrics = audited(from_before(run, tmp_path), tmp_path)
    taken = f"the run of dcgan:loss=vend with seed 0 cannot be taken up: {gave(LOSS)}"
    assert (check["held"], check["said"], metrics) == (None, f"not evaluated again: {taken}", {})


def test_eval_audit_and_a_resumed_bench_say_who_gave_what_is_missing(played, tmp_path):
    here, runs = played
    run = runs["dcgan:loss=vend"]
    taken = "the run of dcgan:loss=vend with seed 0 cannot be taken up: "
    done = ganzoo_here("eval", str(run), cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (3, f"Error: {taken}{gave(METRIC)}\n")
    assert audited(run, tmp_path)[0]["said"] == f"not evaluated again: {taken}{gave(METRIC)}"
    words = ["bench", "dcgan:loss=vend", "--out", "bench", "--seeds", "1"]
    done = ganzoo_here(*words, cwd=here, check=False)
    assert done.returncode == 3
    assert done.stderr.endswith(f" cannot be gone on with: {gave(LOSS)}\n")
    assert len(done.stderr.splitlines()) == 1


def test_a_version_that_no_longer_gives_the_part_is_named(played, tmp_path, monkeypatch):
    _, runs = played
    site = tmp_path / "site"
    site.mkdir()
    Site(site).install("vend-gan", "")
    monkeypatch.syspath_prepend(site)
    _, done = sampled(runs[LATENTS], tmp_path, check=False)
    says = "vend-gan 1.2 gave the regularizer 'vend-latents', which version 1.2 that is installed here does not give: "
    assert done.returncode == 3 and says in done.stderr
