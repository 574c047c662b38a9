"""Files that a run leaves, read for comparison."""

import json

from ganzoo.training.checkpoints import checkpoint

TIMES = ("seconds", "cpu_seconds", "timed_kimg", "images_per_second")


def timeless(rows):
    return [{k: v for k, v in row.items() if k not in TIMES} for row in rows]


ON_POINTS = (
    "generator={name: mlp, width: 8, depth: 1, output: linear}",
    "discriminator={name: mlp, width: 8, depth: 1}",
    "schedule.batch=50",
)


def last_weights(folder):
    return json.loads((checkpoint.checkpoints(folder / "checkpoints")[0] / "manifest.json").read_text())[
        "state.safetensors"
    ]
