"""A Ray cluster of two machines on this one, in a process of its own: ``python ray_cluster.py FOLDER``.

It prints its address; a line ``remove`` on standard input takes the second machine away at once, ``add`` brings one.
Each has one core, and a cache of its own: ``FOLDER/head``, ``FOLDER/second``, ``FOLDER/third`` ... It ends with its
standard input.
"""

import contextlib
import os
import sys
import tempfile
from pathlib import Path

NAMES = ("head", "second", "third", "fourth")


def main() -> None:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    root = Path(sys.argv[1])
    names = iter(NAMES)
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def machine() -> dict:
        variables = {"GANZOO_CACHE": str(root / next(names)), "OMP_NUM_THREADS": "1", "TMPDIR": str(root)}
        return {"num_cpus": 1, "object_store_memory": 100 * 2**20, "env_vars": variables}

    # A socket's path must be short, and a test's folder is not.
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp", ignore_cleanup_errors=True) as place:
        os.environ["RAY_TMPDIR"] = place  # Ray notes the address below it, in a folder that it takes to be there
        (Path(place) / "ray").mkdir()
        head = {"include_dashboard": False, "temp_dir": place}
        cluster = Cluster(initialize_head=True, head_node_args=machine() | head)
        second = cluster.add_node(**machine())
        print(cluster.address, file=channel)
        for line in sys.stdin:
            if line == "remove\n":
                cluster.remove_node(second, allow_graceful=False)
            elif line == "add\n":
                second = cluster.add_node(**machine())
            print("done", file=channel)
        with contextlib.suppress(Exception):
            cluster.shutdown()


if __name__ == "__main__":
    main()
