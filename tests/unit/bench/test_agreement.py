"""Measured numbers beside published ones: intervals by hand, and benches that do not compare."""

import math
from dataclasses import replace

import fabricated_bench as fabricated
import pytest

from ganzoo.bench.published.agreement import Known, judge, passed
from ganzoo.errors import GanzooError
from ganzoo.recipes import safeyaml
from ganzoo.recipes.recipe import Recipe
from ganzoo.recipes.schema.published import Published, PublishedMetric

NAME = "mine@published"
PLAYERS = {"generator": "g", "discriminator": "d", "g_optimizer": {"lr": 1}, "d_optimizer": {"lr": 1}}
RECIPE = Recipe.from_dict({"name": NAME, "loss": "l", **PLAYERS})
KNOWN = Known(data=True, extractor="digits", metrics=("fid", "is", "kid"))
SEEDS = {"is": (6.6, 6.7, 6.8), "fid": (40.0, 41.0, 42.0)}
# The 97.5 % point of Student's t with 2 degrees of freedom, from a printed table, times the standard error.
HALF = {"is": 4.3027 * 0.1 / math.sqrt(3), "fid": 4.3027 * 1.0 / math.sqrt(3)}


def published(*metrics, kimg=100, data="digits"):
    block = {"data": data, "shape": [1, 8, 8], "budget": f"{kimg}kimg"}
    values = {"schedule.batch": {"value": 64, "source": "alg. 1"}}
    return Published(**block, values=values, metrics=[{"n": 1797, "source": "table 1", **one} for one in metrics])


def bench(seeds=(0, 1, 2), text=None, **more):
    runs = [fabricated.run(NAME, seed, {key: values[seed] for key, values in SEEDS.items()}) for seed in seeds]
    content = fabricated.results(runs, seeds=seeds, **{"samples": 1797, "budget": {"kimg": 100.0}, **more})
    content["recipes"][NAME]["text"] = text or safeyaml.dump(RECIPE.played().to_dict())
    return fabricated.read(content)


def judged(results, *metrics, **more):
    return judge(results, RECIPE, published(*metrics, **more), KNOWN)


@pytest.mark.parametrize(
    ("name", "value", "spread", "verdict"),
    [
        ("is", 6.7, None, "agrees"),
        ("is", 6.7 + 0.248, None, "agrees"),
        ("is", 6.7 + 0.249, None, "worse"),
        ("is", 6.7 - 0.249, None, "better"),
        ("is", 6.7 + 0.249 + 1.96 * 0.1, 0.1, "worse"),
        ("is", 6.7 + 0.248 + 1.96 * 0.1, 0.1, "agrees"),
        ("fid", 41.0 + 2.48, None, "agrees"),
        ("fid", 41.0 - 2.49, None, "worse"),
        ("fid", 41.0 + 2.49, None, "better"),
    ],
)
def test_intervals_that_meet_agree(name, value, spread, verdict):
    (found,) = judged(bench(), {"name": name, "value": value, "spread": spread})
    assert found.verdict == verdict
    assert found.half_width == pytest.approx(HALF[name], rel=1e-4)
    assert found.measured == SEEDS[name] and found.mean == pytest.approx(SEEDS[name][1])


def test_of_one_seed_there_is_the_value_alone():
    (found,) = judged(bench(seeds=(0,)), {"name": "is", "value": 6.61})
    assert (found.verdict, found.reason) == ("worse", "one seed")
    (found,) = judged(bench(seeds=(0,)), {"name": "is", "value": 6.61, "spread": 0.06})
    assert (found.verdict, found.mean) == ("agrees", 6.6)


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ({"name": "is", "value": 6.7, "n": 50000}, "judged on 1,797 generated images, and published on 50,000"),
        ({"name": "kid", "value": 0.1}, "the bench has no metric 'kid'"),
        ({"name": "taste", "value": 0.1}, "ganzoo has no metric 'taste'"),
    ],
)
def test_what_cannot_be_judged_says_why(metric, reason):
    (found,) = judged(bench(), metric)
    assert (found.verdict, found.reason) == ("not judged", reason)


IS, FID = {"name": "is", "value": 6.7}, {"name": "fid", "value": 41.0}
OF_OTHERS = [IS | {"n": 50000}, {"name": "taste", "value": 0.1}]


@pytest.mark.parametrize(
    ("metrics", "all_agree"),
    [
        ([IS, FID], True),
        ([IS, FID | {"value": 30.0}], False),
        ([FID, *OF_OTHERS], True),  # what no bench of this kind can give decides nothing
        ([FID | {"value": 30.0}, *OF_OTHERS], False),
        (OF_OTHERS, False),  # nothing was judged
        ([FID, {"name": "kid", "value": 0.1}], False),  # which the bench could have taken
    ],
)
def test_numbers_that_no_bench_can_judge_beside_others_decide_nothing(metrics, all_agree):
    assert passed(judged(bench(), *metrics)) is all_agree


def test_another_extractor_or_other_weights_are_not_judged():
    (found,) = judge(bench(), RECIPE, published(IS), replace(KNOWN, extractor="inception"))
    assert (found.verdict, found.reason, found.decides) == (
        "not judged",
        "judged by digits, and published by inception",
        True,
    )
    columns = [{"key": "is", "label": "IS[digits-0123abcd]", "better": "higher"}]
    (found,) = judged(bench(columns=columns), IS)
    assert found.reason == "judged by digits with other weights, and published by digits"


def test_a_source_that_gives_no_number_of_images_is_told():
    """FID falls as images are added (arXiv:1911.07023), so that one of an unknown number is no match to the digit."""
    (found,) = judged(bench(), {"name": "fid", "value": 41.0, "n": None})
    said = "judged on 1,797 generated images; the source does not say on how many"
    assert (found.verdict, found.reason) == ("agrees", said)


def test_runs_without_a_number_are_told():
    stopped = fabricated.stopped(NAME, 2, "diverged", "NaN")
    runs = [fabricated.run(NAME, seed, {"is": SEEDS["is"][seed], "fid": 1.0}) for seed in (0, 1)]
    content = fabricated.results([*runs, stopped], samples=1797, budget={"kimg": 100.0})
    content["recipes"][NAME]["text"] = safeyaml.dump(RECIPE.played().to_dict())
    (found,) = judged(fabricated.read(content), {"name": "is", "value": 6.65})
    assert (found.verdict, found.reason) == ("agrees", "1 of 3 runs have no number")


@pytest.mark.parametrize(
    ("more", "how", "said"),
    [
        ({"budget": {"kimg": 50.0}}, {}, r"played 50 kimg of mine@published, and the published budget is 100 kimg"),
        ({"budget": {"minutes": 5.0}}, {}, r"played 5 minutes of mine@published"),
        ({}, {"data": "cifar10"}, r"played mine@published on digits, and it was published on cifar10"),
        ({"text": "name: mine@published\nloss: other"}, {}, r"played other values under the name mine@published"),
    ],
)
def test_benches_of_something_else_are_refused(more, how, said):
    with pytest.raises(GanzooError, match=said):
        judged(bench(**more), {"name": "is", "value": 6.7}, **how)


def test_a_bench_of_other_recipes():
    other = RECIPE.model_copy(update={"name": "other@published"})
    with pytest.raises(GanzooError, match=r"the bench holds no other@published; it played mine@published"):
        judge(bench(), other, published(), KNOWN)


def test_a_folder_of_images_may_be_called_anything():
    metric = PublishedMetric(name="is", value=6.7, source="table 1")
    block = published(data="celeba").model_copy(update={"metrics": (metric,)})
    (found,) = judge(bench(), RECIPE, block, replace(KNOWN, data=False))
    assert found.verdict == "agrees"
