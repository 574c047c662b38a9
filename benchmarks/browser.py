"""Generators in a browser: the size of the file, how near its samples are to torch's, and the time for one.

    python benchmarks/browser.py                                  # every recipe at 32x32x3, by node
    python benchmarks/browser.py dcgan dcgan@64 --rounds 5        # some of them, one at 64x64
    python benchmarks/browser.py --against OLD/network.js --out   # beside another version of the script

Networks are those of the recipes as they ship, with the weights that they begin with, and ten classes where there are
any; of recipes for other data they are for an example of these. The page is that of `ganzoo export --format html`, and
its samples are drawn by its own script in node, on one thread. A recipe that cannot be written has its reason in the
row. ``difference`` is the largest of five samples, in [-1, 1], between the script and torch; the exit code is 1 if one
is above 1e-3, or not a number.
"""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from ganzoo_plugins.images.images import ImageModality
from measuring import parsed, parser, ratios, report, spread, tell

from ganzoo.errors import GanzooError
from ganzoo.models.browser.page_text import NETWORK, asset
from ganzoo.models.browser.writing import CLOSE, html_of
from ganzoo.models.generation.program import CHECKED, drawn, inputs_of
from ganzoo.models.trained import Trained
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.building.example_data import on_an_example
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo

CLASSES = 10
TIMED = """
const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
const nets = given.scripts.map((script) => new Function(script + "; return networkOf;")()(given.graph));
const draw = (net, i) => net.run(Float32Array.from(given.z[i]), given.y === null ? null : given.y[i]);
const made = nets.map((net) => given.z.map((_, i) => Array.from(draw(net, i))));
const times = nets.map(() => []);
const now = () => { const used = process.cpuUsage(); return (used.user + used.system) / 1e6; };
for (let round = 0; round < given.rounds; round++) nets.forEach((net, k) => {
  let count = 0;
  const began = now();
  do draw(net, count++ % given.z.length); while (now() - began < given.least);
  times[k].push((now() - began) / count);
});
console.log(JSON.stringify({ made, times }));
"""


def generator(asked: str) -> Trained:
    """Build the generator of ``NAME`` or ``NAME@SIZE``, untrained.

    Raises:
        GanzooError: its parts fit no such data.
    """
    registry = load_zoo(third_party=False).registry
    name, _, size = asked.partition("@")
    side, recipe = int(size or 32), resolve(registry, name)
    if (example := on_an_example(recipe, registry)) is not None:
        return Trained(example[0].G.eval().requires_grad_(False), recipe, name, asked, example[1])
    classes = CLASSES if recipe.conditional else 0
    parts = build_parts(recipe, registry, image_size=side, channels=3, num_classes=classes, seed=0)
    labels = tuple(map(str, range(classes)))
    G = parts.G.eval().requires_grad_(False)
    return Trained(G, recipe, name, asked, ImageModality(side, 3, classes), classes=labels)


def row_of(asked: str, scripts: dict[str, str], rounds: int) -> dict[str, Any]:
    """Write one generator and draw from it with each script."""
    try:
        trained = generator(asked)
        page, _ = html_of(trained)
    except GanzooError as error:
        return {"recipe": asked, "refused": str(error)}
    facts = json.loads(page.split('id="facts">')[1].split("</script>")[0])
    args = inputs_of(trained, CHECKED)
    wanted = drawn(trained, args)
    share = [1.0] if facts["truncation"] == "style" else []  # behind the latents; 1 changes nothing
    given = {
        "graph": facts["graph"],
        "z": [z + share for z in args[0].tolist()],
        "y": args[1].tolist() if len(args) > 1 else None,
        "scripts": list(scripts.values()),
        "rounds": rounds,
        "least": 0.2,
    }
    done = subprocess.run(["node", "-e", TIMED], input=json.dumps(given), capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    times = dict(zip(scripts, told["times"], strict=True))
    row = {
        "recipe": asked,
        "operations": len(facts["graph"]["ops"]),
        "MB": len(page) / 1e6,
        "difference": float((torch.tensor(told["made"][0]).view_as(wanted) - wanted).abs().max()),
    }
    row |= {name: spread(one) for name, one in times.items()}
    if len(times) == 2:
        row["times as fast"] = ratios(*reversed(times.values()))
    return row


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__, rounds=3)
    made.add_argument("recipes", nargs="*", help="NAME or NAME@SIZE; all of them at 32x32 by default")
    made.add_argument("--against", type=Path, help="another script that has networkOf, which takes turns with this one")
    chosen = parsed(made, arguments)
    chosen.device = "cpu"
    scripts = {"seconds": "\n".join(map(asset, NETWORK))}
    if chosen.against:
        scripts["before"] = chosen.against.read_text("utf-8")
    names = chosen.recipes or [entry.name for entry in load_zoo(third_party=False).registry.all("recipe")]
    rows: list[dict[str, Any]] = []
    title = "Seconds for one sample"
    timing = (*scripts, *(["times as fast"] if chosen.against else []))
    told = {
        "protocol": {
            "images": "32x32x3 unless told",
            "weights": "untrained",
            "clock": "process CPU time of node",
            "rounds": chosen.rounds,
        },
        "columns": {title: ("recipe", "operations", "MB", "difference", *timing, "refused")},
        "versions": {"node": subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()},
    }
    for name in names:
        rows.append(row_of(name, scripts, chosen.rounds))
        tell(f"{name}: {rows[-1].get('refused') or rows[-1]['difference']}")
        report("browser", chosen, tables={title: rows}, whole=len(rows) == len(names), **told)
    return int(any(not row.get("difference", 0) <= CLOSE or math.isnan(row.get("difference", 0)) for row in rows))


if __name__ == "__main__":
    sys.exit(main())
