"""The nodes of a Slurm cluster."""

import os
import re
import subprocess

from ganzoo.errors import SetupError, first_line
from ganzoo.interfaces import Resources

from .options import LOCAL, Options

GPUS = re.compile(r"gpu(?::[^:,(]+)?:(\d+)")
SECONDS = 60.0


def resources(wishes: Options) -> Resources:
    """Count the cores and GPUs of the partition, or of all nodes; on this machine its cores.

    Raises:
        SetupError: sinfo cannot be asked.
    """
    if wishes.cluster == LOCAL:
        return Resources(cores=os.cpu_count() or 1, gpus=0)
    partition = wishes.passed_on.get("partition")
    command = ["sinfo", "--noheader", "--Node", "--format=%N|%c|%G", *([f"--partition={partition}"] * bool(partition))]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise SetupError(f"sinfo does not tell the nodes of the cluster: {first_line(error, 300)}") from error
    nodes = {line.split("|")[0].strip(): line.split("|")[1:] for line in told.splitlines() if line.count("|") == 2}
    if not nodes:
        where = f"in the partition {partition}" if partition else "in the cluster"
        raise SetupError(f"sinfo names no node {where}; `sinfo` lists partitions")
    return Resources(
        cores=sum(int(cores) for cores, _ in nodes.values()),
        gpus=sum(int(count) for _, gres in nodes.values() for count in GPUS.findall(gres)),
    )
