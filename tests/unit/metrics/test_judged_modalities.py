"""Samples of any modality are judged: by extractors of theirs, by metrics that look themselves, and thing by thing."""

import pytest
import torch
from tiny_extractor import drawing
from tiny_modalities import Domains, Measures, registry, rows

from ganzoo.errors import MetricError, PluginError
from ganzoo.metrics import Evaluator, MetricColumn
from ganzoo.metrics.judging import partners
from ganzoo.metrics.seeing import Pairs
from ganzoo.storage.cache import Cache

pytestmark = pytest.mark.usefixtures("silence")  # nothing here is worth a line to the user


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def opened(cache):
    parts = registry()

    def open_one(metrics, extractor="sums", modality=Measures(), **given):  # noqa: B008  a frozen value
        return Evaluator.open(parts, extractor, metrics, modality=modality, cache=cache, **given)

    return open_one


def refused(words, do, error=MetricError):
    with pytest.raises(error, match=words) as found:
        do()
    assert "\n" not in str(found.value)


# -- extractors ------------------------------------------------------------------------------------------------------


def test_an_extractor_of_the_modality_sees_its_samples_and_is_told_what_it_names(opened):
    evaluator = opened(["fid"], modality=Measures(length=5))
    reference = evaluator.reference(rows(60, length=5), "data")
    assert evaluator.extractor.length == 5
    assert evaluator.score(drawing(rows(40, seed=1, length=5)), 40, reference)["fid"] > 0


@pytest.mark.parametrize(
    ("extractor", "modality", "words"),
    [
        ("digits", Measures(), r"^the extractor digits sees images, and the data are measures; use .*--extractor sums"),
        (
            "sums",
            Domains(),
            "^the extractor sums sees measures, and the data are domains; use --extractor of-d",
        ),
        ("ring", Measures(), r"^the extractor ring sees points of 2 numbers, and the data are measures; use "),
    ],
)
def test_an_extractor_of_another_modality_is_refused_with_those_that_fit(opened, extractor, modality, words):
    refused(words, lambda: opened(["fid"], extractor, modality))


def test_an_extractor_that_needs_what_the_data_do_not_offer_is_refused(opened):
    refused(
        "^the extractor untold needs the parameter 'height', which the data do not offer, which are told by length$",
        lambda: opened(["fid"], "untold"),
        PluginError,
    )


def test_a_metric_that_needs_what_the_data_do_not_offer_is_refused(opened):
    refused("^the metric untold needs the parameter 'height', which", lambda: opened(["untold"], None), PluginError)


def test_a_metric_is_told_what_it_names(opened):
    assert opened(["told"], None, Measures(length=7)).metrics["told"].length == 7


def test_the_modality_s_values_are_part_of_the_identity_of_its_numbers(opened):
    assert opened(["fid"]).identity["modality"] == {"name": "measures", "length": 3}
    first = opened(["largest"], None)
    first.reference(rows(20), "data")
    assert first.recall("data", 20).keys() == {"largest"}
    assert opened(["largest"], None, Measures(length=4)).recall("data", 20) == {}


@pytest.mark.parametrize("name", ["images", "points"])
def test_of_images_and_points_the_identity_is_what_it_was(opened, monkeypatch, name):
    monkeypatch.setattr(Measures, "name", name)
    assert "modality" not in opened(["largest"], None).identity


# -- metrics that look themselves ------------------------------------------------------------------------------------


def test_metrics_that_look_themselves_need_no_extractor(opened):
    evaluator = opened(["largest", "smallest"], "none")
    real, fake = rows(60), rows(40, seed=1)
    assert evaluator.extractor is None
    assert evaluator.columns == [
        MetricColumn("largest", "largest", "lower"),
        MetricColumn("smallest", "smallest", "lower"),
    ]
    evaluator.check(40, 60)
    reference = evaluator.reference(real, "data", batch=25)
    spreads = {}
    numbers = evaluator.score(drawing(fake), 40, reference, spreads=spreads, replicates=8)
    # Columns of the same name are each metric's own.
    largest = abs(fake.amax(1).double().mean() - real.amax(1).double().mean())
    smallest = abs(fake.amin(1).double().mean() - real.amin(1).double().mean())
    assert numbers == pytest.approx({"largest": float(largest), "smallest": float(smallest)}, rel=1e-6)
    assert reference.real == {"largest": 0.0, "smallest": 0.0}
    assert all(0 < floor < 1 for floor in reference.floor.values())
    assert spreads.keys() == {"largest", "smallest"} and all(0 < spread < 0.5 for spread in spreads.values())


def test_the_identity_without_an_extractor_says_so(opened):
    identity = opened(["largest"], None).identity
    assert identity["extractor"] == "none" and "sha256" not in identity
    assert identity["metrics"].keys() == {"largest"}


def test_a_metric_is_told_what_it_names_and_remembers_it_as_a_setting(opened):
    evaluator = opened(["scaled", "largest"], None, Measures(length=5))
    assert evaluator.identity["metrics"]["scaled"]["length"] == 5
    reference = evaluator.reference(rows(30, length=5), "data")
    found = evaluator.score(drawing(rows(20, seed=1, length=5)), 20, reference)
    assert found["scaled"] == pytest.approx(found["largest"] / 5, rel=1e-5)
    with pytest.raises(
        PluginError, match=r"^the metric scaled needs the parameter 'length', which the data do not offer"
    ):
        opened(["scaled"], None, None)


def test_a_metric_that_reads_features_is_refused_without_an_extractor(opened):
    refused("^the metric fid reads what an extractor gives, and there is none: ", lambda: opened(["fid"], "none"))
    refused("^the metric tuned reads what an extractor gives", lambda: opened(["largest", "tuned"], None))


def test_a_metric_may_read_features_beside_a_column_of_its_own(opened):
    evaluator = opened(["tuned", "largest", "fid"])
    reference = evaluator.reference(rows(30), "data")
    assert evaluator.score(drawing(rows(20, seed=1)), 20, reference)["tuned"] == 0.0  # the first feature is the value


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("silent", "^the metric silent reads value, and its look gives other$"),
        ("flat", r"^the metric flat looks at 20 samples and gives value of shape \(20,\), which must be \(20, k\)$"),
    ],
)
def test_a_look_that_gives_less_than_is_read_is_an_error(opened, metric, words):
    refused(words, lambda: opened([metric], None).reference(rows(20), "data"), PluginError)


def test_no_number_is_made_of_columns_that_are_none(opened):
    evaluator, real = opened(["largest"], None), rows(20)
    real[3, 0] = float("nan")
    refused(
        "^the metric largest looks at samples and gives NaN or infinite value for 1 of 20 images$",
        lambda: evaluator.reference(real, "data"),
    )


def test_images_are_looked_at_without_a_modality(cache):
    evaluator = Evaluator.open(registry(), "none", ["apart"], cache=cache)
    images = torch.zeros(4, 1, 2, 2, dtype=torch.uint8)
    refused("must be", lambda: evaluator.reference(images, "data"), PluginError)
    refused("an evaluator takes uint8 images", lambda: evaluator.reference(rows(4), "data"))


# -- several things ----------------------------------------------------------------------------------------------------


def test_things_of_a_sample_are_judged_each_for_itself(opened):
    both = opened(["fid", "largest"], "of-domains", Domains())
    alone = opened(["fid", "largest"])
    assert [(column.key, column.label) for column in both.columns] == [
        ("fid.a", "FD[of-domains] a"),
        ("fid.b", "FD[of-domains] b"),
        ("largest.a", "largest a"),
        ("largest.b", "largest b"),
    ]
    both.check(40, 50)
    real = {"a": rows(60), "b": rows(50, seed=1)}  # which have lengths of their own
    fake = {"a": rows(40, seed=2), "b": rows(40, seed=3) + 1}
    reference = both.reference(real, "both")
    assert (reference.n, reference.floor_n) == (50, 25)
    at = iter([{name: part[:25] for name, part in fake.items()}, {name: part[25:] for name, part in fake.items()}])
    spreads = {}
    numbers = both.score(lambda n: next(at), 40, reference, batch=25, spreads=spreads, replicates=4)
    assert list(numbers) == [column.key for column in both.columns] and spreads.keys() == numbers.keys()
    for name in "ab":
        reference_alone = alone.reference(real[name], name)
        for metric, value in alone.score(drawing(fake[name]), 40, reference_alone, batch=25).items():
            assert numbers[f"{metric}.{name}"] == value
            assert reference.floor[f"{metric}.{name}"] == reference_alone.floor[metric]


def test_what_is_known_of_one_thing_is_not_taken_for_another(opened):
    both = opened(["largest"], None, Domains())
    real = {"a": rows(30), "b": rows(30) + 5}
    reference = both.reference(real, "both")
    again = opened(["largest"], None, Domains()).reference(real, "both")
    for key, measured in reference.measured.items():
        assert torch.equal(measured.summary["mean"], again.measured[key].summary["mean"])
    assert float(reference.measured["largest.b"].summary["mean"] - reference.measured["largest.a"].summary["mean"]) > 4
    assert len(both.kept("both", 30)) > 2


def test_held_out_samples_are_scored_thing_by_thing(opened):
    both = opened(["largest"], None, Domains())
    reference = both.reference({"a": rows(30), "b": rows(30)}, "both")
    held_out = both.score_data({"a": rows(20, seed=5), "b": rows(8, seed=6)}, reference)
    assert held_out.keys() == {"largest.a", "largest.b"}
    assert both.only(["largest"]).columns == both.columns


@pytest.mark.parametrize("name", ["a.b", "a b", ""])
def test_a_thing_whose_name_cannot_be_part_of_a_key_is_an_error(opened, monkeypatch, name):
    monkeypatch.setattr(Domains, "target", lambda self, row: {name: row["a"], "b": row["b"]})
    refused("^the modality domains judges ", lambda: opened(["largest"], None, Domains()), PluginError)


# -- pairs -------------------------------------------------------------------------------------------------------------


def pairs_of(fake, real):
    at = iter(range(0, len(fake), 25))

    def draw(n):
        start = next(at)
        return Pairs(fake[start : start + n], real[start : start + n])

    return draw


def test_a_metric_of_pairs_is_given_the_real_sample_of_each_row(opened):
    evaluator = opened(["apart", "largest"], None)
    evaluator.check(40, 60)
    real, fake = rows(40), rows(40, seed=1)
    reference = evaluator.reference(rows(60, seed=2), "data", batch=25)
    numbers = evaluator.score(pairs_of(fake, real), 40, reference, batch=25)
    assert numbers["apart"] == pytest.approx(float((fake - real).abs().sum(1).mean()), rel=1e-6)
    assert evaluator.pairs == ["apart"]


def test_the_floor_of_pairs_is_that_of_random_ones_of_real_samples(opened):
    evaluator, real = opened(["apart"], None), rows(61)
    reference = evaluator.reference(real, "data", batch=25)
    other = partners(61)
    assert (other != torch.arange(61)).all() and len(other[:60].unique()) > 55
    # Half of the pairs, whose members are in different halves of the data.
    order = torch.empty(61, dtype=torch.int64)
    order[other] = torch.arange(61)
    apart = (real - real[other]).abs().sum(1)
    assert float(apart.min()) <= reference.floor["apart"] <= float(apart.max())
    assert reference.floor["apart"] == pytest.approx(float(apart.mean()), rel=0.1)
    assert reference.real == {"apart": None}  # each beside itself would say nothing


def test_a_metric_of_pairs_is_refused_where_there_are_none(opened):
    evaluator = opened(["apart"], None)
    reference = evaluator.reference(rows(30), "data")
    refused(
        "^the metric apart compares each generated sample with the real one of the same row, and these samples belong "
        "to no rows: leave it out of --metrics$",
        lambda: evaluator.score(drawing(rows(20)), 20, reference),
    )


def test_a_paired_metric_of_features_compares_with_what_is_seen_of_the_same_rows(opened):
    evaluator = opened(["paired"])
    reference = evaluator.reference(rows(60, seed=2), "data")
    real, fake = rows(40), rows(40, seed=1)
    spreads = {}
    found = evaluator.score(pairs_of(fake, real), 40, reference, batch=25, spreads=spreads, replicates=4)
    features = [torch.cat([x, x.sum(1, keepdim=True)], dim=1).double() for x in (fake, real)]
    squares = (features[0] - features[1]).square().sum(1)
    assert found["paired"] == pytest.approx(float(squares.mean()), rel=1e-6)
    assert spreads["paired"] == pytest.approx(float(squares.std() / 40**0.5), rel=1e-6)


def test_pairs_of_several_things_are_taken_thing_by_thing(opened):
    evaluator = opened(["apart"], None, Domains())
    reference = evaluator.reference({"a": rows(30), "b": rows(20)}, "data")
    fake, real = {"a": rows(10), "b": rows(10)}, {"a": rows(10) + 1, "b": rows(10) + 2}
    found = evaluator.score(lambda n: Pairs(fake, real), 10, reference)
    assert found == pytest.approx({"apart.a": 3.0, "apart.b": 6.0}, rel=1e-6)


# -- as a plugin's author checks them ----------------------------------------------------------------------------------


def test_an_extractor_is_checked_on_the_example_of_its_modality():
    from ganzoo.registry.registry import Entry
    from ganzoo.testing import check_entry

    parts = registry()
    alone = {finding.check: finding for finding in check_entry(parts, parts.get("extractor", "sums"))}
    assert "no modality named 'measures'" in alone["construction"].detail
    parts.add([Entry("modality", "measures", "tiny_modalities:Measures", "mine", "1")])
    found = {name: check_entry(parts, parts.get("extractor", name)) for name in ("sums", "untold")}
    assert all(finding.ok for finding in found["sums"]) and {"sight", "repeats"} <= {f.check for f in found["sums"]}
    assert "needs the parameter 'height'" in next(f.detail for f in found["untold"] if not f.ok)


def findings_of(name, monkeypatch, **of_metric):
    from tiny_modalities import Largest

    from ganzoo.registry.registry import Entry
    from ganzoo.testing import check_entry

    for key, value in of_metric.items():
        monkeypatch.setattr(Largest, key, value)
    parts = registry()
    parts.add([Entry("modality", "measures", "tiny_modalities:Measures", "mine", "1")])
    return {finding.check: finding for finding in check_entry(parts, parts.get("metric", name))}


def test_a_metric_that_looks_is_checked_on_the_example_of_a_modality_that_it_can_look_at(monkeypatch):
    monkeypatch.setattr("tiny_modalities.Largest.look", lambda self, x, target: {"value": x.unsqueeze(0).amax(2).T})
    found = findings_of("largest", monkeypatch)
    assert all(finding.ok for finding in found.values()), found
    assert found["numbers"].detail == "of the example of measures" and "better" in found


def test_one_that_can_look_at_nothing_is_told_so(monkeypatch):
    found = findings_of("silent", monkeypatch)
    assert not found["numbers"].ok
    assert "can look at the example of no modality" in found["numbers"].detail
    assert "the metric  reads" not in found["numbers"].detail


def test_one_that_is_better_for_worse_samples_is_told_so(monkeypatch):
    found = findings_of("apart", monkeypatch)
    assert all(finding.ok for finding in found.values()), found
    monkeypatch.setattr("tiny_modalities.Apart.better", "higher")
    assert not findings_of("apart", monkeypatch)["better"].ok


def test_extractors_of_images_see_what_is_judged_of_pairs_of_images():
    """A modality says which extractors see what is judged of it, and which things a metric is taken of."""

    class Seen(Domains):
        judged_as = "measures"

        def judges(self, name, *, paired):
            return paired == (name == "b")

    evaluator = Evaluator.open(registry(), "sums", ["fid", "apart"], modality=Seen(), cache=None)
    assert [*evaluator.keyed] == ["fid.a", "apart.b"]


def test_an_extractor_that_no_metric_looks_through_is_not_opened(cache):
    evaluator = Evaluator.open(registry(), "untold", ["largest"], modality=Measures(), cache=cache)
    assert evaluator.extractor is None
    assert evaluator.identity["extractor"] == "none"
