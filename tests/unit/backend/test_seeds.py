import hashlib
import itertools

import pytest

from ganzoo.seeds import AXES, stream


def test_a_stream_is_the_first_63_bits_of_sha256():
    digest = hashlib.sha256(b"ganzoo:7:noise:3").hexdigest()
    assert stream(7, "noise", 3) == int(digest[:16], 16) // 2


def test_streams_are_pairwise_different_and_fit_a_torch_seed():
    streams = [stream(*key) for key in itertools.product(range(-1, 10), AXES, range(10))]
    assert len(set(streams)) == len(streams)
    assert all(0 <= value < 2**63 for value in streams)


def test_a_stream_needs_no_stream_before_it():
    late = stream(0, "data", 1000)
    assert [stream(0, "data", epoch) for epoch in range(1001)][-1] == late


def test_counter_starts_at_zero():
    assert stream(5, "init") == stream(5, "init", 0) != stream(5, "init", 1)


def test_an_unknown_axis_is_refused():
    with pytest.raises(ValueError, match="no axis of randomness named 'nose'; there are: init, data, noise"):
        stream(0, "nose")
