"""Wines as they ship."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ganzoo.errors import DataError
from ganzoo.interfaces import Dataset, Rows

from .read_table import columns_of, table_of

_FILE = Path(__file__).with_name("wine.csv")
_MODES = Path(__file__).with_name("wine_modes.json")


class Wine(Dataset):
    """178 wines of three cultivars: 13 numbers of a chemical analysis, and the cultivar.

    All of them ship, with the modes of their numbers, so that nothing has to be fitted, and none is held out.

    Source: UCI Wine, S. Aeberhard and M. Forina, 1992, CC BY 4.0, as scikit-learn carries it.
    """

    def read(self, paths: Mapping[str, Path]) -> Rows:
        """Read the shipped file; ``paths`` is empty.

        Raises:
            DataError: the installation lacks it.
        """
        try:
            columns = columns_of(_FILE)
            modes = json.loads(_MODES.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError("the shipped wines are missing or damaged: install the package again") from error
        return table_of(columns, [tuple(map(tuple, of_column)) for of_column in modes])
