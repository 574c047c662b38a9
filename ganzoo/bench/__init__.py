"""The bench: recipes over seeds on equal terms, their results, tables and reports.

``ganzoo.bench(...)`` plays one: see ``ganzoo.api.runs.benches.bench``.
"""

from ..api.names import make_callable

make_callable(__name__)
