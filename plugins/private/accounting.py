"""Accounting for privacy: releases of clipped sums with noise, and the epsilon of all of them."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ganzoo.errors import RecipeError

from .lots import OVERFLOW

ACCOUNTANTS = ("rdp", "prv")
ORDERS = (*(1 + tenth / 10 for tenth in range(1, 100)), *range(11, 64), *(2**k for k in range(6, 15)))


@dataclass(frozen=True)
class Release:
    """A sampled Gaussian mechanism, several times over.

    Attributes:
        noise: the deviation of the noise over what one row can add.
        rate: the probability that the row is added.
        times: how often.
    """

    noise: float
    rate: float
    times: int


def releases(rows: int, batch: int, turns: int, *, noise: float, keep: float) -> list[Release]:
    """Return how often a run releases something of one row, at most, whatever the order of the rows is.

    Rows come in shuffled epochs: each once in ``rows`` places. So a row has one chance in an epoch, not in a turn, and
    in each it counts with the probability ``keep``; being shuffled is not counted as amplification. A batch that the
    end of an epoch falls into may hold a row twice: then both copies may count. That is taken for one chance of
    1 - (1 - keep)^2 to add twice the clip, which is worse; no row has it in two epochs that follow each other.

    Args:
        rows: of the data that are trained on.
        batch: rows of a turn.
        turns: of the discriminator.
        noise: over the clip.
        keep: see ``dp_sgd.DPSGD``.

    Raises:
        RecipeError: a batch has more rows than the data.
    """
    if batch > rows:
        raise RecipeError(
            f"dp-sgd plays batches of {batch} rows, and the data have {rows}: a row would come several times in one; "
            f"write schedule.batch={rows}, or less"
        )
    epochs = math.ceil(turns * batch / rows)
    twice, taken = 0, 0  # up to and with which epoch the worst row's places are used
    for end in range(1, epochs):
        if end * rows % batch and end > taken:
            twice, taken = twice + 1, end + 1
    found = [Release(noise, keep, epochs - 2 * twice), Release(noise / 2, 1 - (1 - keep) ** 2, twice)]
    return [release for release in found if release.times > 0]


def renyi(noise: float, rate: float, order: float) -> float:
    """Return the Renyi divergence of a sampled Gaussian mechanism, epsilon of ``order``.

    log E[((1 - q) + q exp((2x - 1) / 2 s^2))^a] / (a - 1), with x of N(0, s^2), by the trapezoid rule, whose error is
    below rounding for so smooth a function.

    Source: arXiv:1908.10530, sec. 3.3, eq. of A_alpha.

    Args:
        noise: s.
        rate: q.
        order: a, above 1.
    """
    if rate == 0:
        return 0.0
    if noise == 0:
        return math.inf
    if rate == 1:
        return order / (2 * noise**2)
    step = noise / 32
    x = np.arange(-16 * noise, order + 16 * noise, step)
    ratio = np.logaddexp(math.log1p(-rate), math.log(rate) + (2 * x - 1) / (2 * noise**2))
    logs = order * ratio - x**2 / (2 * noise**2)
    top = float(logs.max())
    log_a = top + math.log(float(np.exp(logs - top).sum()) * step / (noise * math.sqrt(2 * math.pi)))
    return max(0.0, log_a / (order - 1))


def epsilon_by_renyi(found: Sequence[Release], delta: float) -> float:
    """Return the epsilon of releases, one after the other, by Renyi differential privacy.

    Source: arXiv:1908.10530; from Renyi's to epsilon by arXiv:1905.09982, theorem 21.
    """
    best = math.inf
    for order in ORDERS:
        spent = sum(release.times * renyi(release.noise, release.rate, order) for release in found)
        best = min(best, spent + math.log1p(-1 / order) - (math.log(delta) + math.log(order)) / (order - 1))
    return max(0.0, best)


def epsilon_by_loss(found: Sequence[Release], delta: float) -> float:
    """Return the epsilon of releases by Opacus's accountant of privacy loss distributions, an upper bound.

    Source: arXiv:2106.02848.
    """
    from opacus.accountants import PRVAccountant

    accountant = PRVAccountant()
    accountant.history = [(release.noise, release.rate, release.times) for release in found]
    return float(accountant.get_epsilon(delta=delta))


def require_accountant(name: str) -> None:
    """See that an accountant can be asked.

    Raises:
        RecipeError: it is Opacus's, which is not installed.
    """
    if name == "prv" and importlib.util.find_spec("opacus") is None:
        raise RecipeError(
            "accountant 'prv' of dp-sgd is Opacus's, which is not installed: "
            "pip install 'ganzoo-core[private]', or write accountant: rdp"
        )


def epsilon(rows: int, batch: int, turns: int, *, noise: float, keep: float, delta: float, accountant: str) -> float:
    """Return the epsilon of a run as far as it was played; infinity without noise, 0 before the first turn.

    Lots that are cut short (``lots.OVERFLOW``) are paid for by a thousandth of ``delta``; where that does not do, far
    beyond any epsilon that protects, it is infinity.

    Args:
        rows: see ``releases``.
        batch: likewise.
        turns: likewise.
        noise: likewise.
        keep: likewise.
        delta: for which it holds.
        accountant: ``rdp``, Renyi's, or ``prv``, Opacus's, which is tighter.

    Raises:
        RecipeError: see ``releases``.
    """
    found = releases(rows, batch, turns, noise=noise, keep=keep)
    if not found:
        return 0.0
    if noise == 0:
        return math.inf
    spent = delta / 1000 if keep < 1 else 0.0
    by = epsilon_by_loss if accountant == "prv" else epsilon_by_renyi
    least = by(found, delta - spent)
    # of two distributions, each t away from its own: epsilon stays, and delta grows by (1 + e^epsilon) t
    if keep < 1 and math.log(turns * OVERFLOW) + np.logaddexp(0, least) > math.log(spent):
        return math.inf
    return least
