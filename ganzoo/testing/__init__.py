"""The conformance suite: whether a registered part is what its interface says.

``ganzoo check PLUGIN`` runs it, and a plugin's own tests can::

    import pytest
    from ganzoo.registry.discovery import load_zoo
    from ganzoo.testing import assert_conforms, entries_of

    ZOO = load_zoo()


    @pytest.mark.parametrize("entry", entries_of(ZOO, "my-plugin"), ids=lambda entry: f"{entry.kind}-{entry.name}")
    def test_conforms(entry):
        assert_conforms(ZOO.registry, entry.kind, entry.name)

The suite names no part: what it needs beside the part that it checks, it brings along or finds in the registry.
"""

from .findings import ConformanceError, Finding
from .playing.host_sync import no_host_sync
from .suite import assert_conforms, check_entry, check_plugin, entries_of, plugins_called

__all__ = [
    "ConformanceError",
    "Finding",
    "assert_conforms",
    "check_entry",
    "check_plugin",
    "entries_of",
    "no_host_sync",
    "plugins_called",
]
