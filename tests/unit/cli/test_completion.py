"""Answers to the Tab key: variants, overrides, paths, and the form that each shell wants."""

import inspect

import pytest
import torch
from click.shell_completion import CompletionItem

from ganzoo.cli import cli
from ganzoo.cli.completing.shells import LINE, WORD, Bash, Fish, Zsh
from ganzoo.cli.completing.variants import PARTS, optimizers, override, values_of, variant
from ganzoo.cli.part_source import Parameter
from ganzoo.errors import RecipeError
from ganzoo.recipes.building.one_part import load_class
from ganzoo.recipes.building.optimizer import optimizer_class
from ganzoo.recipes.recipe import Recipe, resolve
from ganzoo.recipes.schema.sections import Schedule
from ganzoo.registry.discovery import load_zoo


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


@pytest.fixture
def bash(monkeypatch):
    """The replies to a line whose last word bash has cut before ``word``; all of the last word by default."""

    def replies(line, word=None):
        monkeypatch.setenv(LINE, line)
        monkeypatch.setenv(WORD, line.rpartition(" ")[2] if word is None else word)
        return Bash(cli, {}, "ganzoo", "_GANZOO_COMPLETE").complete().splitlines()

    return replies


def plain(replies):
    return [reply.removeprefix("plain,") for reply in replies]


def values(items):
    return [item.value for item in items]


# -- keys -------------------------------------------------------------------------------------------------------------


def test_the_keys_are_those_of_a_recipe(registry):
    told = {one.rstrip("=.") for one in values(override("", ["dcgan"], (), registry))}
    texts = {"name", "title", "year", "paper", "summary", "departs", "space", "published"}
    assert told == Recipe.model_fields.keys() - texts
    told = {one.removeprefix("schedule.").rstrip("=.") for one in values(override("schedule.", [], (), registry))}
    assert told == Schedule.model_fields.keys()


@pytest.mark.parametrize(
    ("recipe", "key", "kind", "name"),
    [
        ("dcgan", "generator", "generator", "dcgan"),
        ("dcgan:loss=f-gan", "loss", "loss", "f-gan"),
        ("wgan-gp", "regularizers.gradient-penalty", "regularizer", "gradient-penalty"),
        ("dcgan:regularizers=[r1]", "regularizers.r1", "regularizer", "r1"),
        ("dcgan:discriminator=sngan", "discriminator", "discriminator", "sngan"),
    ],
)
def test_parameters_are_those_of_the_part_that_plays(registry, recipe, key, kind, name):
    takes = inspect.signature(load_class(registry, kind, name)).parameters
    wanted = [f"{recipe}:{key}.{one}=" for one in takes if one not in ("image_size", "channels", "num_classes")]
    assert values(variant(f"{recipe}:{key}.", registry)) == wanted


def test_parameters_of_torchs_optimizers(registry):
    told = values(override("g_optimizer.", ["dcgan:g_optimizer.name=rmsprop"], (), registry))
    takes = inspect.signature(torch.optim.RMSprop).parameters
    assert [one for one in told if one.endswith("=")] == [
        f"g_optimizer.{n}=" for n in ("name", *takes, "scale") if n != "params"
    ]
    with pytest.raises(RecipeError) as refused:
        optimizer_class("nonesuch")
    assert set(optimizers()) == set(str(refused.value).partition("there are: ")[2].split(", "))


@pytest.mark.parametrize("recipe", ["sngan", "dcgan:schedule.ema={halflife: 5}"])
def test_every_value_that_is_told_can_be_played(registry, recipe):
    needed = {
        "schedule.share_fakes": ":schedule.order=alternating",
        "schedule.order": ":schedule.d_steps=1:schedule.share_fakes=false",
    }
    tried, waiting = 0, [""]
    while waiting:
        for told in values(override(waiting.pop(), [recipe], (), registry)):
            key = told.partition("=")[0]
            if told.endswith((".", "=")):
                waiting.append(told)
            elif key not in PARTS:  # whose names are the registry's
                spec = f"{recipe}{needed.get(key, '')}:{told}"
                assert resolve(registry, spec).name == spec
                tried += 1
    assert tried > 50


def test_names_of_parts_are_the_registrys(registry):
    for key, kind in PARTS.items():
        told = values(override(f"{key}=", ["dcgan"], (), registry))
        names = [entry.name for entry in registry.all(kind)]
        assert told == [f"{key}={n}" for n in (["[]", *(f"[{n}]" for n in names)] if key == "regularizers" else names)]


def test_what_stands_before_is_in_place(registry):
    assert values(override("loss.div", ["dcgan"], ["loss=f-gan"], registry)) == ["loss.divergence="]
    assert values(override("loss.div", ["dcgan", "dcgan:loss=f-gan"], (), registry)) == ["loss.divergence="]
    assert values(override("loss.div", ["dcgan"], (), registry)) == []
    published = values(variant("wgan-gp@published:regularizers.", registry))
    assert published == ["wgan-gp@published:regularizers.gradient-penalty."]


def test_a_file_has_variants_too(registry, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("generator: mlp\nloss: {name: f-gan}\nregularizers: [r1, {name: r2, weight: 3}]\n")
    assert values(variant(f"{file}:regularizers.", registry)) == [f"{file}:regularizers.{n}." for n in ("r1", "r2")]
    assert values(variant(f"{file}:loss.div", registry)) == [f"{file}:loss.divergence="]


@pytest.mark.parametrize(
    "spec",
    ["nonesuch:loss.", "dcgan:nonsense.", "gone.yaml:generator.", "dcgan:regularizers.none.x", "dcgan:=", "dcgan:a.b=c",
     "dcgan:loss=[:generator.", "dcgan:schedule.none=", "dcgan:g_optimizer.name=none:g_optimizer.lr=", "a:b:c:d"],
)  # fmt: skip
def test_what_cannot_be_read_has_no_completion(registry, spec):
    found = variant(spec, registry)
    assert found is None or all(value.startswith(spec) for value in values(found))


def test_the_last_of_several_regularizers_is_completed(registry):
    assert values(override("regularizers=[r1, lec", ["dcgan"], (), registry)) == ["regularizers=[r1, lecam]"]


@pytest.mark.parametrize(
    ("kind", "default", "meaning", "told"),
    [
        ("Literal['a', 'b']", "'b'", "", ["a", "b"]),
        ("Literal['only']", "", "", ["only"]),
        ("bool", "", "", ["true", "false"]),
        ("", "False", "", ["true", "false"]),
        ("int", "1", "``not-a-value`` of a number", ["1"]),
        ("float | None", "None", "", ["null"]),
        ("str", "'b'", "``a``, or ``b``", ["b", "a"]),
        ("Sequence[float]", "(0.5, 1)", "", ["[0.5, 1]"]),
        ("int", "WIDTH", "", []),
        ("", "", "", []),
    ],
)
def test_values_of_a_parameter(kind, default, meaning, told):
    assert values_of(Parameter("x", kind, default, meaning)) == told


# -- the command line -------------------------------------------------------------------------------------------------


def test_bash_gets_what_stands_behind_its_cut(bash):
    assert bash("ganzoo bench dcgan:loss=hin", "hin") == ["plain,hinge"]
    assert bash("ganzoo bench dcgan:loss=hin") == ["plain,dcgan:loss=hinge"]  # where words are not cut at : and =
    assert bash("ganzoo bench dcgan:los", "los") == ["plain,loss=", "plain,loss."]
    assert bash("ganzoo bench wgan-gp@pub", "pub") == ["plain,published"]
    assert bash('ganzoo bench "dcgan:loss=hin', '"dcgan:loss=hin') == ["plain,dcgan:loss=hinge"]
    assert bash("ganzoo bench --data=dig", "dig") == ["plain,digits", "plain,digits-inverted"]
    assert bash("ganzoo bench --metrics fid,preci") == ["plain,fid,precision"]
    assert bash("ganzoo ben") == ["plain,bench"]


def test_overrides_know_the_recipes_and_the_overrides_before_them(bash):
    assert plain(bash("ganzoo train dcgan -o generator.", "")) == [
        f"{n}=" for n in ("z_dim", "width", "kernel", "prior")
    ]
    assert "loss.divergence=" in plain(bash("ganzoo bench dcgan wgan -o loss=f-gan -o loss."))
    assert plain(bash("ganzoo bench dcgan -o loss=hin", "hin")) == ["hinge"]
    assert plain(bash("ganzoo bench dcgan --override=loss=hin", "hin")) == ["hinge"]
    assert "schedule." in plain(bash("ganzoo bench -o "))
    assert "dcgan" in plain(bash("ganzoo bench --quiet dcg"))


def test_closed_lists_and_paths(bash):
    assert plain(bash("ganzoo bench dcgan --crop ")) == ["center", "random", "none"]
    assert plain(bash("ganzoo export runs/x --format o")) == ["onnx"]
    assert plain(bash("ganzoo show hinge --kind los")) == ["losses"]
    assert bash("ganzoo bench dcgan --data dig") == ["plain,digits", "plain,digits-inverted"]
    for line in ("bench dcgan --data ./pic", "data show ./pic", "eval a ./pic", "bench ./pic", "check ./pic"):
        assert [reply.partition(",")[0] for reply in bash(f"ganzoo {line}")] == ["file"], line
    assert bash("ganzoo bench dcgan --plugin ")[0].startswith("file,")
    assert bash("ganzoo bench dcgan --out ")[0].startswith("dir,")


@pytest.mark.parametrize("shell", [Zsh, Fish])
def test_other_shells_get_whole_words(monkeypatch, shell):
    def replies(line):
        words = line.split(" ")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", words[-1] if shell is Fish else f"{len(words) - 1}")
        return shell(cli, {}, "ganzoo", "_GANZOO_COMPLETE").complete()

    meaning = "Hinge loss: D keeps a margin, G raises its mean verdict"
    between, start = ("\t", "plain,") if shell is Fish else ("\n", "plain\n")
    assert replies("ganzoo bench dcgan:loss=hin") == f"{start}dcgan:loss=hinge{between}{meaning}"
    assert replies("ganzoo bench --data=dig").startswith(f"{start}--data=digits{between}")
    item = CompletionItem("a:b,c", help="two\nlines\tand a tab")
    assert shell(cli, {}, "ganzoo", "x").format_completion(item) == f"{start}a:b,c{between}two lines and a tab"
