"""``ganzoo show RECIPE --graph``: how the parts connect, below a YAML file that stays one."""

import json
import re

import pytest
from click.testing import CliRunner

from ganzoo.cli import cli
from ganzoo.recipes.recipe import load_recipe, resolve
from ganzoo.registry.discovery import load_zoo

BROKEN = """from ganzoo.interfaces import Loss

class Broken(Loss):
    def d_loss(self, turn):
        raise ValueError("no \\x1b[31mlog of nothing")

    g_loss = d_loss

class Refuses(Broken):
    def __init__(self):
        raise ValueError("not here")
"""


def show(*args, code=0):
    result = CliRunner().invoke(cli, ["show", *args])
    assert result.exit_code == code, result.output
    return result


@pytest.mark.parametrize("spec", ["wgan-gp", "cgan-pd:schedule.batch=4"])
def test_the_file_stays_a_recipe(spec, tmp_path):
    plain, whole = show(spec).stdout, show(spec, "--graph").stdout
    assert whole.startswith(plain)
    assert all(line.startswith("#") for line in whole.removeprefix(plain).splitlines())
    written = tmp_path / "mine.yaml"
    written.write_text(whole)
    asked = resolve(load_zoo(third_party=False).registry, spec)
    assert load_recipe(written).changed({}).to_dict() | {"name": asked.name} == asked.played().to_dict()


def test_the_order_of_a_step_is_that_of_the_algorithm():
    """WGAN-GP, arXiv:1704.00028, alg. 1; Adam and the size of D as in igul222/improved_wgan_training gan_cifar.py."""
    lines = show("wgan-gp@published", "--image-size", "32", "--channels", "3").stdout.splitlines()
    told = lines[lines.index("# built for images of 3x32x32") :]
    assert "# D is wgan-gp, 4,114,689 parameters: images 3x32x32 -> logits (a number), features 8192" in told
    assert told[3:] == [
        "# a step is 5 turns of D, then one of G; 64 real images and 64 fakes in each",
        "# D's turn",
        "#   loss wasserstein reads D(fake).logits, D(real).logits",
        "#   + gradient-penalty times 10 reads real, fake, D(its own images).logits, and differentiates twice",
        "#   then adam (lr 0.0001, betas 0.5 0.9) moves D",
        "# G's turn",
        "#   loss wasserstein reads D(fake).logits",
        "#   then adam (lr 0.0001, betas 0.5 0.9) moves G",
        "# evaluated: G as it is, no average",
    ]


def test_a_lazy_penalty_tells_its_turns():
    """StyleGAN2, arXiv:1912.04958, sec. 3.1: R1 every 16 minibatches, path length every 4."""
    told = show("stylegan2:schedule.batch=4", "--graph").stdout
    assert re.search(r"r1 times \S+ \(in one turn of 16, 16 times as strong\) reads D\(real\).logits, real", told)
    assert re.search(r"path-length times \S+ \(in one turn of 4, 4 times as strong\) reads G, latents", told)


def test_json_has_the_graph_where_it_is_asked_for():
    assert json.loads(show("wgan", "--json").stdout)["recipe"]["graph"] is None
    graph = json.loads(show("wgan", "--json", "--graph").stdout)["recipe"]["graph"]
    assert [(say["term"], say["does"], say["moves"]) for say in graph["turns"]["D"]] == [
        ("loss wasserstein", "descends", []),
        ("regularizer weight-clipping", "follows", ["D"]),
    ]
    assert graph["players"]["G"]["gives"] == {"images": [1, 8, 8]}
    assert "a part has no graph" in show("hinge", "--json", "--graph", code=2).stderr


def test_labels_views_and_a_rectangle():
    told = show("cgan-pd:regularizers=[diffaugment, spectral-norm]", "--image-size", "16x8", "--classes", "7").stdout
    assert "# built for images of 1x16x8 with labels of 7 classes\n" in told
    assert "latents 128 and a label -> images 1x16x8\n" in told
    assert told.count("#   D is shown diffaugment(images)\n") == 2
    assert "its layers are changed by regularizer spectral-norm" in re.sub(r"\n# +", " ", told)
    assert "labels of fakes are drawn as often as in the data" in re.sub(r"\n# +", " ", told)


def test_a_part_that_fails_is_a_sentence_below_the_file(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text(BROKEN)
    monkeypatch.chdir(tmp_path)
    plain = show("dcgan:loss=broken.py:Broken").stdout
    asked = show("dcgan:loss=broken.py:Broken", "--graph", code=2)
    assert asked.stdout == plain
    assert asked.stderr.count("\n") == 1
    assert r"cannot be played on noise: no \x1b[31mlog of nothing" in asked.stderr
    assert "not here" in show("dcgan:loss=broken.py:Refuses", "--graph", code=2).stderr


def test_on_a_terminal_it_comes_by_itself_and_a_failure_is_a_comment(tmp_path, monkeypatch):
    monkeypatch.setattr("ganzoo.cli.catalogue.show.on_terminal", lambda: True)
    assert "# evaluated: the average of G" in show("dcgan").stdout
    assert "# evaluated" not in show("dcgan", "--no-graph").stdout
    (tmp_path / "broken.py").write_text(BROKEN)
    monkeypatch.chdir(tmp_path)
    assert re.search(r"^# not built .*no \\x1b", show("dcgan:loss=broken.py:Broken").stdout, re.MULTILINE)
    assert "d_loss" in show("hinge").stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("hinge", "--graph"), "a part has no graph"),
        (("dcgan", "--no-graph", "--channels", "3"), "leave --no-graph out"),
        (("dcgan", "--image-size", "big"), "big"),
        (("dcgan", "--image-size", "7"), "too small"),
    ],
)
def test_what_is_refused(args, said):
    assert said in show(*args, code=2).stderr
