"""What ``ganzoo verify NAME@published`` tells: numbers, files, the command and the time."""

import json
import re

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner
from small_benches import SMALL

from ganzoo.bench.published.expectation import expect
from ganzoo.cli import cli
from ganzoo.recipes import safeyaml
from ganzoo.recipes.recipe import load_recipe, resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

ZOO = load_zoo(third_party=False)
BLOCK = """
published:
  data: {data}
  shape: [1, 8, 8]
  classes: 10
  budget: 6400kimg
  values:
    g_optimizer.lr: {{value: {{shape: linear, start: 1.0e-4, end: 0.0}}, source: alg. 1}}
    conditional: {{value: true, source: sec. 2}}
  metrics:
    - {{name: fid, value: 5.0, n: 5000, source: table 1}}
    - {{name: fid, value: 4.0, n: 1797, source: table 2}}
    - {{name: taste, value: 9, source: table 3}}
"""


@pytest.fixture
def file(tmp_path):
    def write(data):
        recipe = resolve(ZOO.registry, "dcgan", SMALL).model_copy(update={"published": None, "space": {}})
        path = tmp_path / "mine.yaml"
        text = safeyaml.dump({key: value for key, value in recipe.to_dict().items() if key != "name"})
        path.write_text(text + BLOCK.format(data=data))
        return path

    return write


def test_what_to_expect(file, tmp_path):
    found = expect(f"{file('digits')}@published", ZOO, Cache(tmp_path / "cache"), device="cpu", threads=1, steps=2)
    assert (found["recipe"], found["data"], found["kimg"], found["extractor"]) == (
        "mine@published",
        "digits",
        6400.0,
        "digits",
    )
    assert found["unknown"] == ["taste"]
    assert [need["here"] for need in found["needs"]] == [True, True]  # digits ship with the package
    assert found["command"] == (
        "ganzoo bench mine@published --data digits --budget 6400kimg --metrics fid --samples 5000"
    )
    pace = found["pace"]
    assert pace["steps"] == 2 and pace["precision"] == "fp32" and pace["name"] == "CPU, 1 thread"
    assert pace["seconds"] * pace["images_per_second"] == pytest.approx(6_400_000)


def test_files_that_are_missing_say_where_they_belong(file, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    found = expect(f"{file('cifar10')}@published", ZOO, Cache(tmp_path / "cache"), device="cpu", threads=1, steps=1)
    data, weights = found["needs"]
    assert not data["here"] and "cifar-10-binary.tar.gz" in data["instructions"]
    assert "ganzoo bench downloads" in data["instructions"] and "--data-dir DIR" in data["instructions"]
    assert not weights["here"] and "weights-inception-2015-12-05-6726825d.pth" in weights["instructions"]
    assert "--extractor-weights" in weights["instructions"] and "--extractor none" in weights["without"]
    named = [word for need in (data, weights) for word in re.findall(r"ganzoo (\w+)", str(need))]
    assert set(named) == {"bench", "eval"} <= set(cli.list_commands(None))
    assert not list(tmp_path.glob("cache/**/*.gz"))  # nothing is downloaded


def test_data_that_ganzoo_does_not_have(file, tmp_path):
    found = expect(f"{file('celeba')}@published", ZOO, Cache(tmp_path / "cache"), device="cpu", threads=1, steps=1)
    assert "a folder of its images, 8x8 pixels and 1 channels" in found["needs"][0]["instructions"]
    assert "--data DIR" in found["command"] and found["extractor"] == "inception"


def run(*words):
    return CliRunner().invoke(cli, ["verify", *map(str, words)], env={"COLUMNS": "120"})


def test_the_command_tells_of_a_finished_bench(file, tmp_path):
    form = f"{file('digits')}@published"
    runs = [
        fabricated.run("mine@published", seed, {"fid": 4.0 + seed / 10, "is": 1.0}, kimg=6400.0) for seed in range(3)
    ]
    content = fabricated.results(runs, samples=1797, budget={"kimg": 6400.0})
    content["recipes"]["mine@published"]["text"] = safeyaml.dump(resolve(ZOO.registry, form).played().to_dict())
    folder = fabricated.write_bench(tmp_path / "bench", content)
    done = run(form, "--bench", folder)
    lines = done.stdout.splitlines()
    assert done.exit_code == 0  # one was judged; another is of 5,000 images, and nobody registers the third
    assert "mine@published agrees, as far as 1 of 3 numbers tell, with what was published" in done.stdout
    assert lines[1].startswith("fid     5          4.1 ± 0.2484  3      not judged: judged on 1,797 generated images")
    assert any(re.fullmatch(r"fid +4 +4\.1 ± 0\.2484 +3 +agrees", line.rstrip()) for line in lines)
    assert json.loads(run(form, "--bench", folder, "--json").stdout)["numbers"][1]["verdict"] == "agrees"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["wgan-gp@published", "dcgan"], "published forms are verified by themselves"),
        (["wgan-gp@published", "wgan@published"], "one published form at a time, and there are 2"),
        (["wgan-gp@published", "--budget", "3kimg"], "--budget has no use beside wgan-gp@published"),
        (["dcgan", "--bench", "."], "--bench is compared with what was published; name the recipe as NAME@published"),
        (["wgan-gp@published:schedule.batch=3"], "is a variant, of which nothing was published; verify wgan-gp@publis"),
    ],
)
def test_refused_commands(words, said):
    done = run(*words)
    assert done.exit_code == 2 and said in done.stderr


def test_without_published_numbers_none_can_agree(file, tmp_path):
    path = file("digits")
    assert "--bench FOLDER" in run(f"{path}@published", "--threads", 1).stdout
    path.write_text(path.read_text().partition("  metrics:")[0])
    assert load_recipe(path).published.metrics == ()
    told = run(f"{path}@published", "--threads", 1).stdout
    assert "published: no number" in told and "--bench FOLDER" not in told  # which would only be refused
    done = run(f"{path}@published", "--bench", tmp_path)
    assert done.exit_code == 2 and "no number of mine@published was published that its block knows of" in done.stderr
