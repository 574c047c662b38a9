"""The note in a run's folder of its run at a service."""

import json

import pytest

from ganzoo.interfaces import ServiceRun


def test_it_is_the_same_run_afterwards_and_each_thing_is_told_once(tmp_path):
    first = ServiceRun(tmp_path / "kept.json", "key")
    first.keep()
    assert not first.known
    assert [first.first("train", step) for step in (1, 2, 2, 1, 3)] == [True, True, False, False, True]
    assert first.first("look", 1)
    again = ServiceRun(tmp_path / "kept.json", "key")
    assert again.known and again.id == first.id
    assert not again.first("train", 3) and again.first("train", 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.json"]


def test_the_identifier_may_be_the_services(tmp_path):
    ServiceRun(tmp_path / "kept.json", "key").keep("theirs")
    assert ServiceRun(tmp_path / "kept.json", "key").id == "theirs"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", json.dumps({"key": "another", "id": "a", "told": {}}), '{"key": "key", "id": 1}'],
)
def test_what_is_broken_or_another_runs_is_forgotten(tmp_path, text):
    (tmp_path / "kept.json").write_text(text)
    made = ServiceRun(tmp_path / "kept.json", "key")
    assert not made.known and made.first("train", 0)
