import io
import zipfile

import pytest
import torch
from ganzoo_plugins.fidelity.torchscript import read_torchscript

from ganzoo.errors import SetupError
from ganzoo.layers import read_tensors

STATE = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(3)}
READERS = [read_tensors, read_torchscript]


@pytest.fixture(params=[True, False], ids=["zip", "legacy"])
def saved(request, tmp_path):
    path = tmp_path / "weights.pth"
    torch.save(STATE, path, _use_new_zipfile_serialization=request.param)
    return path


def test_tensors_come_back(saved):
    found = read_tensors(saved)
    assert found.keys() == STATE.keys() and all(torch.equal(found[key], value) for key, value in STATE.items())


def test_every_truncation_and_many_damages_are_one_sentence(saved):
    whole = saved.read_bytes()
    generator = torch.Generator().manual_seed(0)
    made = [whole[:length] for length in range(0, len(whole), 7)]
    for _ in range(200):
        bad = bytearray(whole)
        at, value = torch.randint(0, 2**31, (2,), generator=generator).tolist()
        bad[at % len(bad)] = value % 256
        made.append(bytes(bad))
    refused = 0
    for content in made:
        saved.write_bytes(content)
        try:
            read_tensors(saved)
        except SetupError as error:
            refused += 1
            assert "weights.pth" in str(error) and "\n" not in str(error)
    assert refused > len(made) / 3


@pytest.mark.parametrize("read", READERS)
def test_a_file_that_unpacks_to_far_more_than_it_is(tmp_path, read):
    """torch stores tensors as they are; 80 MB of zeros, deflated, would be 80 kB."""
    torch.save({"a": torch.zeros(20_000_000)}, out := io.BytesIO())
    path = tmp_path / "weights.pth"
    with zipfile.ZipFile(out) as stored, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for info in stored.infolist():
            packed.writestr(info.filename, stored.read(info))
    assert path.stat().st_size < 100_000
    with pytest.raises(SetupError, match=r"weights\.pth cannot be read as") as error:
        read(path)
    assert "unpack to 80," in str(error.value.__cause__)


@pytest.mark.parametrize("read", READERS)
def test_a_tensor_that_is_larger_than_its_file(tmp_path, read):
    torch.save(
        {"a": torch.zeros(1).expand(10**6, 10**6)}, tmp_path / "weights.pth"
    )  # 4 TB, of which 4 bytes are stored
    with pytest.raises(SetupError, match=r"weights\.pth cannot be read as"):
        read(tmp_path / "weights.pth")


def test_values_that_hold_one_another_ever_more_often(tmp_path):
    """30 mappings, each of which holds the next twice, have a billion names."""
    inner = {"a": torch.zeros(1)}
    for _ in range(30):
        inner = {"x": inner, "y": inner}
    torch.save(inner, tmp_path / "weights.pth")
    with pytest.raises(SetupError, match="it holds more than 1,000,000 names"):
        read_torchscript(tmp_path / "weights.pth")
