import itertools
import random
from pathlib import Path

import fabricated_bench as fabricated
import pytest

from ganzoo.bench.results.bench_files.bench_results import BenchResults
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.bench.stats.ranking import rank
from ganzoo.bench.stats.sequential import decided, looks_of
from ganzoo.bench.tables.aggregate import aggregate
from ganzoo.bench.tables.joining.compare import join
from ganzoo.bench.tables.joining.compatibility import Bench
from ganzoo.bench.tables.rounds import in_rounds
from ganzoo.errors import GanzooError

A, B = [10.0, 10.4, 9.8, 10.2, 10.1, 9.9], [10.6, 10.1, 10.9, 10.7, 10.6, 10.8]


def scores(**recipes):
    return {name: dict(enumerate(values)) for name, values in recipes.items()}


@pytest.mark.parametrize(
    ("first", "most", "counts"), [(3, 20, (3, 6, 12, 20)), (5, 20, (5, 10, 20)), (4, 4, (4,)), (1, 2, (1, 2))]
)
def test_looks_double_and_share_the_error(first, most, counts):
    looks = looks_of(first, most)
    assert looks.counts == counts
    assert looks.level * len(counts) == pytest.approx(0.05)


@pytest.mark.parametrize(("first", "most"), [(0, 4), (5, 4)])
def test_no_looks_without_seeds(first, most):
    with pytest.raises(ValueError, match="no looks"):
        looks_of(first, most)


def test_decided_is_the_best_or_every_pair():
    clear = rank(scores(a=[1.0, 1.01, 1.02], b=[9.0, 9.1, 9.2], c=[9.05, 9.12, 9.2]), "lower")
    assert decided(clear, "best") and not decided(clear, "all")
    every = rank(scores(a=[1.0, 1.01, 1.02], b=[9.0, 9.1, 9.2]), "lower")
    assert decided(every, "best") and decided(every, "all")
    one_seed = rank(scores(a=[1.0], b=[9.0]), "lower")
    assert not decided(one_seed, "best") and not decided(one_seed, "all")


def test_a_difference_that_is_none_is_found_in_5_percent_of_benches_at_most():
    rng = random.Random(11)
    wrong = 0
    for _ in range(300):
        looks = looks_of(5, 20)
        values = [[rng.gauss(0.0, 1.0) for _ in range(20)] for _ in range(3)]
        rows = (scores(**{name: row[:n] for name, row in zip("abc", values, strict=True)}) for n in looks.counts)
        rankings = [rank(row, "lower", positive=False, alpha=looks.level) for row in rows]
        wrong += any(pair.told_apart for ranking in rankings for pair in ranking.pairs)
    assert wrong <= 24  # of 300 at 5 % fewer than 25 with a probability of 99 %


class Player:
    """Plays rounds of two recipes whose values are known."""

    def __init__(self, a=A, b=B):
        self.values, self.asked, self.rules = {"a": a, "b": b}, [], []

    def __call__(self, settings, rule):
        self.asked.append(settings)
        self.rules.append(rule)
        runs = [
            fabricated.run(name, seed, {"fid": self.values[name][seed]}) for name in "ab" for seed in settings.seeds
        ]
        told = fabricated.results(runs, seeds=settings.seeds, columns=fabricated.COLUMNS[:1])
        return told | ({"sequential": rule} if rule else {}), Path("runs/x")


def settings(**values):
    return RunSettings(recipes=("a", "b"), **values)


def test_without_the_option_a_bench_is_played_once():
    player = Player()
    summary, _ = in_rounds(settings(), player)
    assert player.rules == [None] and "sequential" not in summary
    assert BenchResults.model_validate(summary).sequential is None


def test_rounds_go_on_in_one_folder_until_one_recipe_is_better():
    player = Player()
    summary, folder = in_rounds(settings(until_decided="best", fresh=True, most_seeds=6), player)
    # At 2.5 % three seeds do not tell the two apart, and six do.
    assert [len(asked.seeds) for asked in player.asked] == [3, 6]
    assert [(asked.out, asked.fresh) for asked in player.asked] == [(None, True), (folder, False)]
    assert summary["sequential"] == {"until": "best", "counts": [3, 6], "level": 0.025}
    table = aggregate(BenchResults.model_validate(summary))
    assert table.rankings["fid"].alpha == 0.025
    assert [row.rank for row in table.rows] == ["1", "2"]
    said = " ".join(table.notes)
    assert "two-sided at 2.5 %, with Holm's correction" in said
    assert (
        "Seeds were added until one recipe was better than every other, or there were 6: 2 looks at the most, each at "
        "2.5 %, so that all of them together err in 5 % of benches." in said
    )


def test_rounds_stop_where_no_more_seeds_are_allowed():
    values = list(itertools.islice(itertools.cycle((10.0, 10.4, 9.7)), 8))
    player = Player(values, list(reversed(values)))
    in_rounds(settings(until_decided="all", seeds=(0, 2), most_seeds=5), player)
    assert [asked.seeds for asked in player.asked] == [(0, 2), (0, 2, 3, 4), (0, 2, 3, 4, 5)]


def test_more_first_seeds_than_may_be_are_refused():
    with pytest.raises(GanzooError, match="adds seeds up to 4, and there are 5 at first; give more by --most-seeds"):
        in_rounds(settings(until_decided="best", seeds=(0, 1, 2, 3, 4), most_seeds=4), Player())


def test_a_joined_bench_is_tested_at_the_strictest_level():
    told, _ = in_rounds(settings(until_decided="best", most_seeds=6), Player())
    plain = fabricated.results([fabricated.run("c", seed, {"fid": 20.0 + seed}) for seed in range(3)])
    plain["columns"] = told["columns"]
    benches = [Bench(Path(str(i)), BenchResults.model_validate(results)) for i, results in enumerate((plain, told))]
    joined, _ = join(benches)
    assert joined.sequential is not None and joined.sequential.level == 0.025
