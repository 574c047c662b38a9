import pytest


@pytest.fixture
def judged(tmp_path_factory, monkeypatch):
    """``evaluate`` with the tiny extractor and its weights."""
    from evaluated_sets import judging

    return judging(tmp_path_factory.mktemp("weights") / "tiny.safetensors", monkeypatch)
