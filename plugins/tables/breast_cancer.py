"""Tumours as scikit-learn carries them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ganzoo.errors import SetupError
from ganzoo.interfaces import Dataset, Rows

from .columns import column_of
from .read_table import table_of


class BreastCancer(Dataset):
    """569 tumours: 30 numbers of the nuclei of their cells, and the diagnosis.

    They come with the package scikit-learn, and none is held out.

    Source: UCI Breast Cancer Wisconsin (Diagnostic), W. Wolberg, O. Mangasarian, N. Street and W. Street, 1993,
        CC BY 4.0.
    """

    def read(self, paths: Mapping[str, Path]) -> Rows:
        """Read scikit-learn's copy and fit its modes; ``paths`` is empty.

        Raises:
            SetupError: scikit-learn is not there.
        """
        try:
            from sklearn.datasets import load_breast_cancer
        except ImportError as error:
            raise SetupError(
                'breast-cancer comes with the package scikit-learn: pip install "ganzoo-core[tables]"'
            ) from error
        found = load_breast_cancer()
        names = [str(name) for name in found.feature_names]
        cells = [[f"{x:.10g}" for x in column] for column in found.data.T]
        columns = [column_of(name, column, "breast-cancer") for name, column in zip(names, cells, strict=True)]
        diagnoses = [str(found.target_names[i]) for i in found.target]
        return table_of([*columns, column_of("diagnosis", diagnoses, "breast-cancer")])
