import copy
import json
import math

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner
from scipy import stats

from ganzoo.bench.results.identity import identity_of
from ganzoo.bench.tables.joining.compare import join, read_bench
from ganzoo.cli import cli
from ganzoo.errors import DataError, GanzooError

METRICS = {"fid": {"plugin": "fidelity 1.0"}, "is": {"plugin": "fidelity 1.0", "splits": 10}}
JUDGE = {
    "extractor": "digits",
    "weights": "digits.safetensors",
    "sha256": "ab" * 32,
    "version": "1",
    "plugin": "digits 1.0",
    "dtype": "float32",
    "device": "cpu",
    "torch_fidelity": "0.4.0",
    "metrics": METRICS,
}
RUN = {"n_generated": 10000, "judge_batch": 500, "truncation": "none", "generator": "as trained"}


def content(recipes: tuple[str, ...] = ("dcgan", "wgan-gp"), seeds: tuple[int, ...] = (0, 1, 2), **more) -> dict:
    runs = [
        fabricated.run(name, seed, {k: v[seed % 3] for k, v in fabricated.FINALS[name].items()}, identity=dict(RUN))
        for name in recipes
        for seed in seeds
    ]
    return copy.deepcopy(fabricated.results(runs, seeds, extractor=JUDGE, **more))


TUNING = {"trials": 8, "seed": 1_000_000, "metric": "fid", "recipes": {}}


def bench(folder, results):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results))
    return read_bench(folder)


def refused(tmp_path, a: dict, b: dict) -> str:
    with pytest.raises(GanzooError) as caught:
        join([bench(tmp_path / "one", a), bench(tmp_path / "two", b)])
    said = str(caught.value)
    assert str(tmp_path / "one") in said
    assert str(tmp_path / "two") in said
    assert "\n" not in said
    return said


def test_recipes_and_seeds_are_joined(tmp_path):
    a = bench(tmp_path / "a", content(("dcgan",), (0, 1)))
    b = bench(tmp_path / "b", content(("wgan-gp",), (0, 1)))
    c = bench(tmp_path / "c", content(("wgan-gp", "dcgan"), (2,)))
    joined, folders = join([a, b, c])
    assert list(joined.recipes) == ["dcgan", "wgan-gp"]
    assert joined.seeds == [0, 1, 2]
    assert sorted((run.recipe, run.seed) for run in joined.runs) == sorted(folders)
    assert len(folders) == 6
    assert folders["dcgan", 2] == tmp_path / "c/dcgan/seed2"
    whole = content()
    by_name = {(run["recipe"], run["seed"]): run["metrics"] for run in whole["runs"]}
    assert {(run.recipe, run.seed): run.metrics for run in joined.runs} == by_name


def test_one_alone_is_itself(tmp_path):
    results = content()
    joined, _ = join([bench(tmp_path, results)])
    same = ("runs", "columns", "seeds", "floor", "floor_n", "real", "dataset", "recipes", "started", "ganzoo")
    assert {key: joined.to_json()[key] for key in same} == {key: results[key] for key in same}


def test_the_same_run_is_taken_once(tmp_path):
    a, b = content(("dcgan",)), content(("dcgan", "wgan-gp"))
    b["runs"][0]["metrics"]["fid"] *= 1 + 1e-9
    joined, folders = join([bench(tmp_path / "a", a), bench(tmp_path / "b", b)])
    assert [(run.recipe, run.seed) for run in joined.runs].count(("dcgan", 0)) == 1
    assert folders["dcgan", 0] == tmp_path / "a/dcgan/seed0"
    assert joined.runs[0].metric("fid") == 10.0


def test_a_run_that_ended_counts_and_not_the_one_that_failed(tmp_path):
    failed = content(("dcgan",))
    failed["runs"][1] |= {"status": "failed", "reason": "killed", "metrics": None}
    for order in ((failed, content(("dcgan",))), (content(("dcgan",)), failed)):
        joined, _ = join([bench(tmp_path / str(i), results) for i, results in enumerate(order)])
        assert [run.status for run in joined.runs] == ["done"] * 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": "other"}, "their settings are not the same"),
        ({"key": "other", "environment": {**fabricated.ENVIRONMENT, "kind": "cuda"}}, "kind None, the other with kind"),
        ({"status": "diverged", "metrics": None}, "they ended differently"),
        ({"metrics": {"fid": 10.1, "is": 7.9}}, "they ended differently"),
    ],
)
def test_two_runs_of_one_seed_are_refused(tmp_path, change, said):
    other = content(("dcgan",))
    other["runs"][0] |= change
    told = refused(tmp_path, content(("dcgan",)), other)
    assert said in told
    assert "'dcgan' with seed 0" in told


def at(results: dict, path: str, value: object) -> dict:
    *way, last = path.split("/")
    inner = results
    for step in way:
        inner = inner[int(step) if isinstance(inner, list) else step]
    inner[last] = value
    return results


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("dataset/hash", "77" * 32, "data is 9f1c"),
        ("dataset/n", 1000, "n_real is 1797 in the one and 1000 in the other"),
        (
            "dataset/points",
            True,
            "the modality of the data is images (digits) in the one and points (digits) in the other",
        ),
        ("extractor/extractor", "inception", "extractor is digits in the one and inception in the other"),
        ("extractor/sha256", "cd" * 32, "extractor_weights is abab"),
        ("extractor/version", "2", "extractor_version is 1 in the one and 2 in the other"),
        ("extractor/plugin", "others 1.0", "extractor_plugin is digits in the one and others in the other"),
        ("extractor/dtype", "float16", "dtype is float32 in the one and float16 in the other"),
        ("extractor/torch_fidelity", "0.3.0", "torch_fidelity is 0.4.0 in the one and 0.3.0 in the other"),
        ("extractor/metrics/is/splits", 5, "metric is: splits is 10 in the one and 5 in the other"),
        ("runs/1/identity/n_generated", 5000, "n_generated is 10000 in the one and 5000 in the other"),
        ("runs/1/identity/judge_batch", 50, "judge_batch is 500 in the one and 50 in the other"),
        ("runs/2/identity/truncation", "0.7", "truncation is none in the one and 0.7 in the other"),
        ("budget", {"kimg": 200.0}, "the budget is 100 kimg in the one and 200 kimg in the other"),
        ("budget", {"steps": 100}, "the budget is 100 kimg in the one and 100 steps in the other"),
        ("track", "controlled", "the track is as-shipped in the one and controlled in the other"),
        (
            "tuning",
            {"trials": 8, "seed": 9, "metric": "fid", "recipes": {}},
            "the number of tuning trials is 0 in the one and 8 in the other",
        ),
    ],
)
def test_what_does_not_compare_is_refused_by_name(tmp_path, path, value, said):
    results = content(("wgan-gp",))
    if value == "controlled":
        results["recipes"]["wgan-gp"]["text"] += CONTROLLED
    assert said in refused(tmp_path, content(("dcgan",)), at(results, path, value))


def test_the_data_is_named_beside_its_hash(tmp_path):
    other = at(at(content(("wgan-gp",)), "dataset/hash", "77" * 32), "dataset/name", "digits-minus-0.1")
    assert "(digits) in the one" in refused(tmp_path, content(("dcgan",)), other)
    assert "(digits-minus-0.1) in the other" in refused(tmp_path, content(("dcgan",)), other)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("extractor/device", "cuda"),
        ("extractor/weights", "elsewhere.safetensors"),
        ("extractor/plugin", "digits 2.0"),
        ("extractor/metrics/is/plugin", "fidelity 2.0"),
        ("dataset/name", "my-digits"),
        ("runs/0/identity/generator", "averaged"),
        ("runs/0/environment/precision", "bf16"),
    ],
)
def test_what_makes_no_difference_to_a_number_is_no_reason(tmp_path, path, value):
    results = at(content(("wgan-gp",)), path, value)
    joined, _ = join([bench(tmp_path / "a", content(("dcgan",))), bench(tmp_path / "b", results)])
    assert len(joined.runs) == 6


def test_what_an_older_file_does_not_say_is_no_reason(tmp_path):
    older = content(("wgan-gp",))
    for run in older["runs"]:
        del run["identity"]
    joined, _ = join([bench(tmp_path / "a", content(("dcgan",))), bench(tmp_path / "b", older)])
    assert len(joined.runs) == 6


def test_the_same_name_must_be_the_same_recipe(tmp_path):
    other = content(("dcgan",), (3, 4))
    other["recipes"]["dcgan"]["text"] = other["recipes"]["dcgan"]["text"].replace("width: 32", "width: 64")
    assert "generator.width of the recipe 'dcgan' is 32 in the one and 64 in the other" in refused(
        tmp_path, content(("dcgan",)), other
    )
    other["recipes"]["dcgan"]["text"] = fabricated.yaml_of("dcgan") + "regularizers: [{name: r1, weight: 3}]\n"
    told = refused(tmp_path, content(("dcgan",)), other)
    assert "regularizers of the recipe 'dcgan' is not set in the one and ['r1'] in the other" in told
    other["recipes"]["dcgan"]["text"] = fabricated.yaml_of("dcgan").replace("A GAN", "Said otherwise")
    join([bench(tmp_path / "one", content(("dcgan",))), bench(tmp_path / "two", other)])


def test_a_value_that_changes_is_told_whole(tmp_path):
    one, other = content(("dcgan",)), content(("dcgan",), (3, 4))
    text = fabricated.yaml_of("dcgan")
    one["recipes"]["dcgan"]["text"] = text + "d_optimizer: {lr: 0.5}\n"
    other["recipes"]["dcgan"]["text"] = text + "d_optimizer: {lr: {shape: linear, start: 0.5, end: 0.0}}\n"
    told = refused(tmp_path, one, other)
    changing = "{shape: linear, start: 0.5, end: 0.0}"
    assert f"d_optimizer.lr of the recipe 'dcgan' is 0.5 in the one and {changing} in the other" in told
    one["recipes"]["dcgan"]["text"] = text + "schedule: {ema: 0.999}\n"
    other["recipes"]["dcgan"]["text"] = text + "schedule: {ema: {halflife: 10.0, warmup: false}}\n"
    told = refused(tmp_path, one, other)
    assert "schedule.ema of the recipe 'dcgan' is 0.999 in the one and {halflife: 10.0, warmup: false} in" in told


def test_a_recipe_tuned_otherwise_is_another(tmp_path):
    def tuned(seeds: tuple[int, ...], rate: float) -> dict:
        found = {"chosen": 1, "changes": {"g_optimizer.lr": rate}, "trials": [], "seconds": 9.0}
        tuning = {"trials": 8, "seed": 1_000_000, "metric": "fid", "recipes": {"dcgan": found}}
        return content(("dcgan",), seeds, tuning=tuning)

    said = refused(tmp_path, tuned((0, 1, 2), 1e-4), tuned((3, 4), 2e-4))
    assert "g_optimizer.lr of the recipe 'dcgan' is 0.0001 in the one and 0.0002 in the other" in said
    joined, _ = join([bench(tmp_path / str(i), tuned(seeds, 1e-4)) for i, seeds in enumerate([(0, 1), (3,)])])
    assert list(joined.tuning.recipes) == ["dcgan"]


CONTROLLED = "discriminator: {name: dcgan}\nschedule: {batch: 64, ema: 0.99}\nflips: false\nconditional: false\n"


def controlled(name: str, **more) -> dict:
    results = content((name,), track="controlled", backbone="dcgan", **more)
    results["recipes"][name]["text"] += CONTROLLED
    return results


def test_the_controlled_track_shares_networks_average_and_precision(tmp_path):
    join([bench(tmp_path / "one", controlled("dcgan")), bench(tmp_path / "two", controlled("wgan-gp"))])
    for old, new, key in (("width: 32", "width: 8", "generator"), ("ema: 0.99", "ema: 0.0", "schedule.ema")):
        other = controlled("wgan-gp")
        other["recipes"]["wgan-gp"]["text"] = other["recipes"]["wgan-gp"]["text"].replace(old, new)
        said = refused(tmp_path, controlled("dcgan"), other)
        assert f"{key}, which all recipes of the controlled track share," in said
    for path in ("runs/0/identity/generator", "runs/0/environment/precision"):
        one = at(controlled("dcgan"), "runs/0/environment/precision", "fp32")
        assert "other in the other" in refused(tmp_path, one, at(controlled("wgan-gp"), path, "other"))
    said = refused(tmp_path, controlled("dcgan"), at(controlled("wgan-gp"), "backbone", "sngan"))
    assert "the backbone is dcgan in the one and sngan in the other" in said


def test_minutes_on_two_devices_are_two_budgets(tmp_path):
    timed = {"budget": {"minutes": 5.0}}
    other = content(("wgan-gp",), **timed)
    join([bench(tmp_path / "one", content(("dcgan",), **timed)), bench(tmp_path / "two", other)])
    for run in other["runs"]:
        run["environment"]["device"] = "NVIDIA H100"
    said = refused(tmp_path, content(("dcgan",), **timed), other)
    assert "the device, on which the budget is minutes, is cpu in the one and NVIDIA H100 in the other" in said


def test_metrics_that_one_lacks_are_left_out_and_said(tmp_path):
    other = content(("wgan-gp",))
    other["columns"] = [*other["columns"][:1], {"key": "kid", "label": "KID[digits]", "better": "lower"}]
    other["extractor"]["metrics"] = {"fid": METRICS["fid"], "is": {"plugin": "fidelity 1.0", "splits": 5}}
    joined, _ = join([bench(tmp_path / "a", content(("dcgan",))), bench(tmp_path / "b", other)])
    assert [heading.key for heading in joined.columns] == ["fid"]
    assert joined.left_out == ["IS[digits]", "KID[digits]"]
    other["columns"] = other["columns"][1:]
    benches = [bench(tmp_path / "a", content(("dcgan",))), bench(tmp_path / "b", other)]
    with pytest.raises(GanzooError, match=r"there are FD\[digits\], IS\[digits\], KID\[digits\]"):
        join(benches)


def test_the_identity_is_flat_and_plain():
    results = fabricated.read(content())
    found = identity_of(results.runs[0], results)
    assert found["data"] == "9f1c" * 16
    assert found["metric is: splits"] == 10
    assert {"extractor_weights", "n_real", "quantisation", "n_generated", "judge_batch", "truncation"} <= found.keys()
    assert all(isinstance(value, str | int | float | bool) for value in found.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "there is no"), ("{", "cannot read"), ('{"schema": 9}', "schema 9"), ('{"schema": 1}', "no 'dataset'")],
)
def test_what_is_no_bench_is_refused(tmp_path, text, said):
    if text is not None:
        (tmp_path / "results.json").write_text(text)
    with pytest.raises(DataError, match=said):
        read_bench(tmp_path)


def compare(*words, code: int = 0):
    done = CliRunner().invoke(cli, ["compare", *map(str, words)], env={"COLUMNS": "120"})
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def two(tmp_path):
    fabricated.write_bench(tmp_path / "a", content(("dcgan",)))
    other = content(("wgan-gp",))
    for run in other["runs"]:
        run["environment"]["device"] = "NVIDIA H100"
    fabricated.write_bench(tmp_path / "b", other)
    (tmp_path / "a/dcgan/seed0/metrics.jsonl").write_text("{}\n")
    return tmp_path / "a", tmp_path / "b"


def test_the_table_is_that_of_one_bench(two):
    text = compare(*two).stdout
    lines = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    assert lines["dcgan"][1:4] == ["3/3", "1", "*10.07"]
    assert lines["wgan-gp"][1:4] == ["3/3", "2", "14.10"]
    assert "do not compare between cpu and NVIDIA H100" in text
    assert lines["dcgan"][-3:] == ["—"] * 3
    assert compare(two[0] / "results.json", two[1]).stdout == text


def test_a_file_that_does_not_tell_whether_a_metric_is_positive_goes_with_one_that_does(two):
    results = json.loads((two[1] / "results.json").read_text())
    results["columns"] = [column | {"positive": False} for column in results["columns"]]
    (two[1] / "results.json").write_text(json.dumps(results))
    joined, _ = join([read_bench(folder) for folder in two])
    assert [(heading.key, heading.positive) for heading in joined.columns] == [("fid", False), ("is", False)]
    told = json.loads(compare(*two, "--json").stdout)
    assert told["rankings"]["fid"]["scale"] == "linear"


def test_json_has_every_run_and_every_test(two):
    told = json.loads(compare(*two, "--json").stdout)
    assert len(told["runs"]) == 6
    assert told["rankings"]["fid"]["ranks"] == {"dcgan": "1", "wgan-gp": "2"}
    values = ([10.0, 10.4, 9.8], [14.2, 13.1, 15.0])
    theirs = stats.ttest_ind(*([math.log(value) for value in row] for row in values), equal_var=False)
    assert told["rankings"]["fid"]["tests"][0]["p"] == pytest.approx(theirs.pvalue)
    assert [source["folder"] for source in told["joined"]] == [str(folder) for folder in two]


def test_out_is_a_bench_of_its_own(two, tmp_path):
    out = tmp_path / "out"
    assert str(out / "report.html") in compare(*two, "--out", out).stderr
    assert (out / "real.png").read_bytes() == (two[0] / "real.png").read_bytes()
    assert (out / "dcgan/seed0/metrics.jsonl").read_text() == "{}\n"
    results = json.loads((out / "results.json").read_text())
    for run in results["runs"]:
        source = two[0] if run["recipe"] == "dcgan" else two[1]
        for look in run["evaluations"]:
            at = f"{run['folder']}/{look['grid']}"
            assert (out / at).read_bytes() == (source / at).read_bytes()
    assert "wgan-gp" in (out / "report.html").read_text()
    assert compare(out).stdout == compare(*two).stdout
    compare(*two, "--out", out)  # what was joined may be joined again
    before = (two[0] / "results.json").read_bytes()
    assert "which would be lost" in compare(*two, "--out", two[0], code=3).stderr
    assert "which would be lost" in compare(out, "--out", out, code=3).stderr
    assert (two[0] / "results.json").read_bytes() == before


def test_a_strangers_results_cannot_reach_out_of_their_folder(two, tmp_path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    results = json.loads((two[0] / "results.json").read_text())
    results["runs"][0]["evaluations"][0]["grid"] = "../../../secret.png"
    results["runs"][1]["pictures"] = {"memorisation": str(tmp_path / "secret.png")}
    (two[0] / "results.json").write_text(json.dumps(results))
    compare(*two, "--out", tmp_path / "deep/out")
    found = [path for path in (tmp_path / "deep").rglob("*") if path.is_file() and path.read_bytes() == b"secret"]
    assert found == []


def test_what_does_not_compare_is_one_line(two):
    results = content(("wgan-gp",), samples=5000)
    for run in results["runs"]:
        run["identity"]["n_generated"] = 5000
    (two[1] / "results.json").write_text(json.dumps(results))
    done = compare(*two, code=2)
    assert done.stderr.startswith("Error: ")
    assert "n_generated is 10000 in the one and 5000 in the other" in done.stderr
    assert done.stderr.count("\n") == 1
