"""Torch's two sets of settings for float32 products, inside and behind ours."""

import pytest
import torch

from ganzoo.backend.precision import products_in, without_tf32

b = torch.backends
if not hasattr(b.cudnn, "conv"):
    pytest.skip("this torch has only the older settings", allow_module_level=True)

OLDER = {
    "the word": torch.get_float32_matmul_precision,
    "matmul": lambda: b.cuda.matmul.allow_tf32,
    "cudnn": lambda: b.cudnn.allow_tf32,
}
HOLDERS = {
    "cuda.matmul": b.cuda.matmul,
    "cudnn.conv": b.cudnn.conv,
    "cudnn.rnn": b.cudnn.rnn,
    "mkldnn.matmul": b.mkldnn.matmul,
    "mkldnn.conv": b.mkldnn.conv,
}


def told(read):
    """What torch says, or that it refuses to."""
    try:
        return read()
    except RuntimeError as error:
        assert "mix of" in str(error)
        return "refused"


def everything():
    return {name: told(read) for name, read in OLDER.items()} | {
        name: holder.fp32_precision for name, holder in HOLDERS.items()
    }


def older_alone(word, cudnn):
    def start():
        torch.set_float32_matmul_precision(word)
        b.cudnn.allow_tf32 = cudnn

    return start


def newer_alone(**values):
    def start():
        for name, value in values.items():
            HOLDERS[name.replace("_", ".")].fp32_precision = value

    return start


def inherited():
    for holder in HOLDERS.values():
        holder.fp32_precision = "none"
    b.fp32_precision = "tf32"


STARTS = {
    "as torch starts": lambda: None,
    "older, on": older_alone("high", True),
    "older, medium": older_alone("medium", True),
    "older, off": older_alone("highest", False),
    "older, apart": older_alone("high", False),
    "newer, on": newer_alone(cuda_matmul="tf32", cudnn_conv="tf32", cudnn_rnn="tf32"),
    "newer, off": newer_alone(cuda_matmul="ieee", cudnn_conv="ieee", cudnn_rnn="ieee"),
    "newer, apart": newer_alone(cuda_matmul="tf32", cudnn_conv="ieee"),
    "newer, on a CPU": newer_alone(mkldnn_matmul="bf16", mkldnn_conv="bf16"),
    "inherited": inherited,
}


@pytest.fixture(autouse=True)
def put_back():
    """As torch was found."""
    word, cudnn, generic = torch.get_float32_matmul_precision(), b.cudnn.allow_tf32, b.fp32_precision
    held = {name: holder.fp32_precision for name, holder in HOLDERS.items()}
    yield
    torch.set_float32_matmul_precision(word)
    b.cudnn.allow_tf32, b.fp32_precision = cudnn, generic
    for name, precision in held.items():
        HOLDERS[name].fp32_precision = precision


@pytest.mark.parametrize("start", STARTS)
def test_both_sets_are_told_inside_and_are_as_before_behind(start):
    STARTS[start]()
    before = everything()
    with products_in("tf32"):
        assert everything() == {
            **{"the word": "high", "matmul": True, "cudnn": True},
            **dict.fromkeys(("cuda.matmul", "cudnn.conv", "cudnn.rnn"), "tf32"),
            **dict.fromkeys(("mkldnn.matmul", "mkldnn.conv"), "ieee"),
        }
        inside = everything()
        with without_tf32():
            exact = everything()
            assert exact == {
                **{"the word": "highest", "matmul": False, "cudnn": False},
                **dict.fromkeys(HOLDERS, "ieee"),
            }
        assert everything() == inside
    assert everything() == before


@pytest.mark.parametrize("start", STARTS)
def test_what_is_kept_in_secret_is_put_back(start):
    """What torch refuses to tell is there all the same: it comes to light when the newer settings give way."""
    STARTS[start]()

    def brought_to_light():
        for holder in HOLDERS.values():
            holder.fp32_precision = "ieee"
        found = [torch.get_float32_matmul_precision()]
        for holder in (b.cudnn.conv, b.cudnn.rnn):
            holder.fp32_precision = "tf32"
        return [*found, told(OLDER["cudnn"])]

    wanted = brought_to_light()
    STARTS[start]()
    with without_tf32():
        pass
    assert brought_to_light() == wanted


def test_what_was_inherited_still_is():
    inherited()
    with products_in("fp32"):
        pass
    b.fp32_precision = "ieee"
    assert {holder.fp32_precision for holder in HOLDERS.values()} == {"ieee"}


def test_a_third_party_may_set_either_inside():
    before = everything()
    for stranger in (older_alone("medium", False), newer_alone(cuda_matmul="ieee")):
        with products_in("tf32"):
            stranger()
        assert everything() == before
