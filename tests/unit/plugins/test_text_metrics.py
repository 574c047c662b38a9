"""Divergences of n-grams, by hand and by their definition."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from ganzoo_plugins.text.divergence import JSD1, JSD2, JSD3, JSD4
from ganzoo_plugins.text.letters import alphabet_of, numbered
from ganzoo_plugins.text.modality import Text

from ganzoo.errors import MetricError
from ganzoo.metrics import Evaluator
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

ALL = (JSD1, JSD2, JSD3, JSD4)


def number(kind, fake, real):
    alphabet = alphabet_of(fake + real)
    metric = kind(vocabulary=len(alphabet))
    rows = [torch.from_numpy(numbered(side, alphabet, max(map(len, fake + real)))) for side in (fake, real)]
    seen = [{name: x.float() for name, x in metric.look(side, None).items()} for side in rows]
    return metric.compare(*map(metric.summarise, seen))


def test_by_hand():
    """{a, b} against {a, c}: M has 1/2, 1/4, 1/4, and each side lies log2(2) / 2 from it; no pair is in both."""
    assert number(JSD1, ["ab"], ["ac"]) == pytest.approx(0.5)
    assert number(JSD2, ["ab"], ["ac"]) == pytest.approx(1.0)
    # P = (3/4, 1/4) and Q = (1/4, 3/4): M is uniform, and the divergence 1 less the entropy of 1/4
    entropy = -(0.25 * math.log2(0.25) + 0.75 * math.log2(0.75))
    assert number(JSD1, ["aaab"], ["abbb"]) == pytest.approx(1 - entropy)


def test_ngrams_do_not_reach_from_line_to_line():
    assert number(JSD2, ["ab", "ab"], ["ab"]) == 0
    assert number(JSD2, ["abab"], ["ab", "ab"]) > 0


def test_ends_of_lines_count():
    assert number(JSD1, ["a"], ["ab"]) == pytest.approx(0.5)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_against_the_definition(n):
    """arXiv:1704.00028, sec. 5.4: the divergence between the shares of n-grams, of random text over five letters."""
    random = np.random.default_rng(n)
    sides = [
        ["".join(random.choice(list("abcde"), 12, p=p)) for _ in range(40)]
        for p in ([0.2] * 5, [0.4, 0.3, 0.1, 0.1, 0.1])
    ]
    shares = []
    for lines in sides:
        counts = Counter(line[i : i + n] for line in lines for i in range(len(line) - n + 1))
        shares.append({ngram: count / counts.total() for ngram, count in counts.items()})
    wanted = 0.0
    for share in shares:
        for ngram, p in share.items():
            middle = (shares[0].get(ngram, 0) + shares[1].get(ngram, 0)) / 2
            wanted += p * math.log2(p / middle) / 2
    assert number(ALL[n - 1], *sides) == pytest.approx(wanted, rel=1e-12)


def test_titles_and_what_is_too_short():
    assert [kind(vocabulary=4).label("none") for kind in ALL] == ["JSD-1", "JSD-2", "JSD-3", "JSD-4"]
    with pytest.raises(MetricError, match="jsd-4 counts 4 characters in a row, and samples have 3"):
        JSD4(vocabulary=4).summarise({"characters": torch.zeros(2, 3)})


@pytest.mark.usefixtures("silence")
def test_all_are_taken_by_one_evaluator(tmp_path):
    """Without an extractor; each has its floor, of halves of the lines, which grows with n."""
    modality = Text()
    evaluator = Evaluator.open(
        load_zoo().registry, "none", modality.metrics, modality=modality, cache=Cache(tmp_path / "cache")
    )
    x = torch.randint(4, (400, 8), generator=torch.Generator().manual_seed(0))
    reference = evaluator.reference(x, "letters")
    floors = [reference.floor[name] for name in modality.metrics]
    assert 0 < floors[0] < floors[1] < floors[2] < floors[3] < 1
    assert [reference.real[name] for name in modality.metrics] == [0] * 4
