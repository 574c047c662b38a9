import pytest

from ganzoo.storage.memory import free_memory


@pytest.fixture
def machine(tmp_path):
    """Writes files as Linux has them, and says how much is free by them."""

    def free(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return free_memory(tmp_path / "proc", tmp_path / "groups")

    return free


MEMINFO = "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\nBuffers:    5 kB\n"


def test_what_linux_calls_available_is_free(machine):
    assert machine(proc__meminfo=MEMINFO) == 600 * 1024


def group(limit, used, cached):
    files = {
        "memory.max": limit,
        "memory.current": used,
        "memory.stat": f"anon 1\nfile {cached}\ninactive_file {cached}\n",
    }
    return {f"groups__{name}": str(value) for name, value in files.items()}


def test_a_container_gives_what_its_limit_leaves(machine):
    """In a container the process's own group is the root of those that are seen."""
    own = {"proc__self__cgroup": "0::/\n"}
    assert machine(proc__meminfo=MEMINFO, **own, **group(limit=500_000, used=450_000, cached=30_000)) == 80_000
    assert machine(**group(limit="max", used=450_000, cached=0)) == 600 * 1024
    assert machine(**group(limit=10**12, used=0, cached=0)) == 600 * 1024
    assert machine(**group(limit=1000, used=2000, cached=0)) == 0


def test_the_narrowest_of_the_groups_above_a_process_counts(machine):
    own = {"proc__self__cgroup": "0::/user.slice/job\n"}
    above = {name.replace("groups__", "groups__user.slice__"): text for name, text in group(9000, 4000, 0).items()}
    assert machine(proc__meminfo=MEMINFO, **own, **above) == 5000
    below = {name.replace("groups__", "groups__user.slice__job__"): text for name, text in group(7000, 3000, 0).items()}
    assert machine(**below) == 4000


def test_groups_of_the_first_version(machine):
    old = {"memory.limit_in_bytes": "9000", "memory.usage_in_bytes": "8000", "memory.stat": "total_inactive_file 500\n"}
    files = {f"groups__memory__{name}": text for name, text in old.items()}
    assert machine(proc__meminfo=MEMINFO, proc__self__cgroup="4:memory:/\n", **files) == 1500


def test_elsewhere_it_is_all_of_the_machines_memory_or_unknown(machine, monkeypatch):
    monkeypatch.setattr("os.sysconf", {"SC_PHYS_PAGES": 10, "SC_PAGE_SIZE": 4096}.__getitem__)
    assert machine() == 40960

    def unknown(name):
        raise ValueError(name)

    monkeypatch.setattr("os.sysconf", unknown)
    assert machine() is None
