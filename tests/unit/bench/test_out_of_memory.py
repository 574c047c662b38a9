"""Lack of memory as a status of its own: what counts as one, and what a bench makes of it."""

import signal
from types import SimpleNamespace

import pytest
import torch
from small_benches import specs, start_run

from ganzoo.backend import out_of_memory as memory
from ganzoo.backend.out_of_memory import of_memory, processes_killed_for_memory
from ganzoo.bench.bench import exit_code
from ganzoo.bench.execution import pool
from ganzoo.bench.execution.pool import Job, Pool
from ganzoo.bench.results.run_files.result import FELL, FINAL, REPEATED
from ganzoo.errors import GanzooError, PluginError
from ganzoo.interfaces import Ended
from ganzoo.training.updates.descent import Descent


def raised_from(error, cause):
    error.__cause__ = cause
    return error


def test_what_torch_says_of_host_memory_is_a_lack_of_memory():
    """The very error of torch's allocator of host memory, which is a plain RuntimeError."""
    with pytest.raises(RuntimeError) as found:
        torch.empty(1 << 60)
    assert type(found.value) is RuntimeError and of_memory(found.value)
    assert of_memory(raised_from(PluginError("a part cannot be built"), found.value))


@pytest.mark.parametrize(
    ("error", "lacks"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."), True),
        (RuntimeError("CUDA error: out of memory"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (GanzooError("a recipe named 'out of memory'"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_is_a_lack_of_memory(error, lacks):
    assert of_memory(error) is lacks


@pytest.mark.parametrize("error", [MemoryError("all gone"), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_a_run_that_lacks_memory_says_how_far_it_came_and_its_peak(tmp_path, monkeypatch, error):
    move, moves = Descent.move, []

    def lacks(self, player, **options):
        moves.append(player)
        if len(moves) > 6:
            raise error
        move(self, player, **options)

    (spec,) = specs(kimg=1.0, extractor=None, samples=None)
    monkeypatch.setattr(Descent, "move", lacks)
    result = start_run(tmp_path, spec).play()
    assert result["status"] == "oom" and str(error) in result["reason"] and "schedule.batch" in result["reason"]
    assert result["d_steps"] == 3 and result["kimg"] == pytest.approx(3 * 16 / 1000)
    assert result["peak_memory_mb"] > 50
    assert f"{result['peak_memory_mb']:,.0f} MB" in result["reason"]
    assert exit_code({"runs": [{"status": "done"}, result]}) == 1


def test_a_run_that_lacked_memory_is_tried_again():
    assert "oom" in REPEATED and "oom" in FELL and "oom" not in FINAL


@pytest.mark.parametrize(("after", "status"), [("oom_kill 8\n", "oom"), ("oom_kill 7\n", "failed"), (None, "failed")])
def test_a_process_that_the_system_killed_for_memory(tmp_path, monkeypatch, after, status):
    """By the kernel's own count, which goes up by one; where it does not, who sent the signal is not known."""
    counts = tmp_path / "vmstat"
    counts.write_text("nr_free_pages 5\noom_kill 7\nnr_x 3\n")
    monkeypatch.setattr(memory, "_VMSTAT", counts)
    assert processes_killed_for_memory() == 7
    (spec,) = specs(kimg=1.0, extractor=None, samples=None)
    job = Job(tmp_path / "run", spec)

    class Killing:
        def play(self, tasks, slots):
            counts.write_text(after) if after else counts.unlink()
            yield Ended(0, -signal.SIGKILL)

        def resources(self):
            return None

    played = Pool(Killing(), 1, ["cpu"], SimpleNamespace(root=tmp_path), lambda *_: None).play([[job]])
    result = played[job.folder]
    assert result["status"] == status
    assert (result["reason"] == pool.OUT_OF_MEMORY) == (status == "oom")
