"""Modes of a column of numbers."""

from __future__ import annotations

import warnings

import numpy as np

from ganzoo.errors import SetupError

Modes = tuple[tuple[float, float, float], ...]
"""Weight, mean and standard deviation of each mode of a column."""

MOST = 10
LEAST_WEIGHT = 0.005
MOST_ROWS = 20_000


def modes_of(column: np.ndarray) -> Modes:
    """Fit a mixture of at most 10 Gaussians, as many as the column needs, to ``(N,)`` numbers.

    Source: arXiv:1907.00503, sec. 4.2: a variational Gaussian mixture; the settings (10 modes, those below a weight of
        0.005 left out) are those of sdv-dev/CTGAN@f4fcd21 and of sdv-dev/RDT@db7eb9e.
    Departs: the column is standardised first, so that the mixture's least variance, 1e-6, is a share of the column's
        own; of more than 20,000 rows as many are fitted, always the same.

    Raises:
        SetupError: scikit-learn is not there.
    """
    try:
        from sklearn.mixture import BayesianGaussianMixture
    except ImportError as error:
        raise SetupError('a table needs the package scikit-learn: pip install "ganzoo-core[tables]"') from error
    values = column.astype(np.float64)
    if len(values) > MOST_ROWS:
        values = np.random.default_rng(0).choice(values, MOST_ROWS, replace=False)
    middle, reach = float(values.mean()), float(values.std()) or 1.0
    mixture = BayesianGaussianMixture(
        n_components=min(MOST, len(values)),
        weight_concentration_prior_type="dirichlet_process",
        weight_concentration_prior=0.001,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it may not have converged: as the authors, we take what there is
        mixture.fit((values[:, None] - middle) / reach)
    kept = mixture.weights_ > LEAST_WEIGHT
    found = zip(mixture.weights_[kept], mixture.means_[kept, 0], np.sqrt(mixture.covariances_[kept, 0, 0]), strict=True)
    return tuple((float(w), float(middle + reach * m), float(reach * s)) for w, m, s in found)
