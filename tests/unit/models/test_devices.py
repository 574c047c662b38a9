"""The device of an opened generator: the one that is asked for, its own, or the best that there is."""

import pytest

from ganzoo.bench.runs.environment import devices
from ganzoo.errors import GanzooError
from ganzoo.models.devices import device_for

NOWHERE = "cuda:4000"


def test_its_own_device_is_taken_where_it_is_here(caplog):
    assert device_for("runs/x", "cpu", None) == "cpu" and device_for("runs/x", NOWHERE, "cpu") == "cpu"
    assert caplog.text == ""


def test_another_is_taken_in_its_place_and_named(caplog):
    with caplog.at_level("WARNING"):
        found = device_for("runs/x", NOWHERE, None)
    assert found == devices("auto")[0]
    assert f"runs/x was trained on {NOWHERE}, which is not here: it is opened on {found}" in caplog.text


def test_a_device_that_is_asked_for_and_not_here_is_refused():
    with pytest.raises(GanzooError, match="cuda"):
        device_for("runs/x", "cpu", NOWHERE)
