"""Verdicts on packages, builds, GPUs and the cache."""

import errno
from importlib.metadata import PackageNotFoundError

import pytest

from ganzoo.doctor import cache, software
from ganzoo.doctor.devices import devices
from ganzoo.doctor.facts import Facts, Gpu, Imported
from ganzoo.storage.room import Room

TORCH = Imported("2.9.1+cu130")
NMS = "RuntimeError: operator torchvision::nms does not exist"


@pytest.fixture(autouse=True)
def no_choice_of_gpus(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_packages_that_are_missing_or_too_old(monkeypatch):
    needed = ["torch>=2.6", "numpy>=1.26", "pillow>=10.1", "old; python_version < '3'", 'ray>=2; extra == "ray"']
    versions = {"torch": "2.9.1+cpu", "numpy": "1.25.0"}

    def version(name):
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(software, "requires", lambda name: needed)
    monkeypatch.setattr(software, "version", version)
    numpy, pillow = software.requirements()
    assert str(numpy) == 'ganzoo needs numpy>=1.26, and 1.25.0 is installed: pip install "numpy>=1.26"'
    assert str(pillow) == 'ganzoo needs pillow>=10.1, which is not installed: pip install "pillow>=10.1"'
    versions |= {"numpy": "2.0", "pillow": "11.0"}
    (fits,) = software.requirements()
    assert (fits.state, fits.told, fits.remedy) == ("ok", "the 3 required packages are here", "")


def test_a_cpu_torch_beside_another_torchvision():
    told = {"torch": Imported("2.9.1+cpu"), "torchvision": Imported("0.24.1", NMS)}
    torch, torchvision = software.modules(Facts(told))
    assert (torch.state, torch.told) == ("ok", "2.9.1+cpu, built for the CPU alone")
    assert torchvision.state == "problem"
    assert str(torchvision).startswith(
        f"torchvision 0.24.1 cannot be imported beside torch 2.9.1+cpu ({NMS}): install torch and torchvision of one "
    )


def test_a_torch_that_fails_is_the_only_one_told():
    (torch,) = software.modules(Facts({"torch": Imported("2.9.1", "OSError: no libcudart")}))
    assert (torch.state, torch.told) == ("problem", "torch 2.9.1 cannot be imported (OSError: no libcudart)")
    assert list(devices(Facts({"torch": Imported("2.9.1", "OSError: no libcudart")}))) == []


def test_torchvision_that_is_not_installed():
    *_, torchvision = software.modules(Facts({"torch": TORCH, "torchvision": Imported("", "ModuleNotFoundError: x")}))
    assert (torchvision.state, torchvision.told) == ("problem", "torchvision is not installed")


def of(torch="2.9.1+cu130", built="CUDA 13.0", **more):
    (found,) = devices(Facts({"torch": Imported(torch)}, built, **more))
    return found


@pytest.mark.parametrize(
    ("facts", "state", "told", "remedy"),
    [
        ({"torch": "2.9.1+cpu", "built": ""}, "ok", "runs play on the CPU", ""),
        (
            {"torch": "2.9.1+cpu", "built": "", "driver": "580.1"},
            "note",
            "driver 580.1 is here",
            "a CUDA build of torch",
        ),
        ({"unseen": "Found no NVIDIA driver on your system."}, "note", "no GPU that it can see", "install the NVIDIA"),
        ({"unseen": "No CUDA GPUs are available", "driver": "580.1"}, "note", "no GPU that it can see", "container"),
        (
            {"unseen": "The NVIDIA driver is too old (11040)", "driver": "470.1"},
            "problem",
            "470.1 is too old",
            "update",
        ),
        ({"unseen": "CUDA unknown error", "driver": "580.1"}, "problem", "(CUDA unknown error)", "restart"),
        ({"gpus": (Gpu("H200", "9.0", 141 * 2**30),), "driver": "580.1"}, "ok", "H200, 141 GiB, capability 9.0", ""),
        (
            {"gpus": (Gpu("B", "12.0", 2**34, "no kernel image"),), "architectures": ("sm_80", "sm_90")},
            "problem",
            "(no kernel image); torch, built for CUDA 13.0, has code for sm_80, sm_90",
            "a build of torch for this GPU",
        ),
        ({"built": "", "apple": True}, "ok", "Apple's GPU can be used", ""),
    ],
)
def test_gpus(facts, state, told, remedy):
    found = of(**facts)
    assert found.state == state and told in found.told and remedy in found.remedy
    assert bool(found.remedy) == bool(remedy) == (state != "ok")
    assert "\n" not in str(found)


def test_gpus_that_are_hidden_on_purpose_are_no_problem(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    found = of(unseen="CUDA unknown error", driver="580.1")
    assert found.state == "note" and "CUDA_VISIBLE_DEVICES=''" in found.told and "unset" in found.remedy


def cached(monkeypatch, folder, **free):
    monkeypatch.setenv("GANZOO_CACHE", str(folder))
    if free:
        monkeypatch.setattr(cache, "room", lambda path: Room(free["size"], free["files"]))
    (found,) = cache.cache_state()
    return found


def test_a_cache_is_tried(tmp_path, monkeypatch):
    found = cached(monkeypatch, tmp_path / "new", size=12_300_000_000, files=5)
    assert (found.state, found.told) == ("ok", f"{tmp_path / 'new'}, 12.3 GB free")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    found = cached(monkeypatch, tmp_path / "file" / "cache")
    assert found.state == "problem" and "cannot be written (Not a directory)" in found.told
    assert found.remedy.endswith("GANZOO_CACHE names another folder")

    def full(**where):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache.tempfile, "TemporaryFile", full)
    assert "cannot be written (No space left on device)" in cached(monkeypatch, tmp_path / "new").told


@pytest.mark.parametrize(
    ("size", "files", "state"), [(999_999_999, 5, "note"), (10**9, None, "ok"), (10**12, 0, "problem")]
)
def test_little_room_is_told(tmp_path, monkeypatch, size, files, state):
    found = cached(monkeypatch, tmp_path, size=size, files=files)
    assert found.state == state and bool(found.remedy) == (state != "ok")
