"""What a number depends on beside the generator it is of: two that differ in any of it do not compare.

Source: arXiv:2104.11222 for what resizing and quantisation do to a Fréchet distance, arXiv:1911.07023 for what the
number of samples does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

# What is a recipe's own choice where each is played as published, and the same for all on the controlled track.
OF_THE_RECIPE = ("generator", "labels", "flips", "precision")


def identity_of(run: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, Any]:
    """The full identity of a run's numbers, flat: field to plain value.

    Args:
        run: one of ``results["runs"]``.
        results: the content of a ``results.json``; what an older one does not say is left out.

    Returns:
        the data's hash and how many images it has; the extractor with its weights' sha256, version and dtype, and
        torch-fidelity's version; each metric's settings; how many images were generated, from what noise, with what
        labels, how they were quantised and in what batches they were judged; whether the generator is an average, its
        batch norm, its truncation; and the precision it was trained in.
    """
    data, judge = results["dataset"], results.get("extractor") or {}
    extractor = {
        "extractor": judge.get("extractor"),
        "extractor_weights": judge.get("sha256"),
        "extractor_version": judge.get("version"),
        "extractor_plugin": _name(judge.get("plugin")),
        "dtype": judge.get("dtype"),
        "torch_fidelity": judge.get("torch_fidelity"),
    }
    fields = {
        "data": data.get("hash"),
        "n_real": data.get("n"),
        "quantisation": "none, points" if data.get("points") else "uint8",
        **extractor,
        **dict(_settings(judge.get("metrics") or {})),
        "n_generated": run.get("samples") or results.get("samples"),
        "precision": (run.get("environment") or {}).get("precision"),
        **(run.get("identity") or {}),
    }
    return {field: value for field, value in fields.items() if value is not None}


def _name(plugin: object) -> str | None:
    """A plugin without its version: what a new version changes of a number, the other fields say."""
    return str(plugin).partition(" ")[0] if plugin else None


def _settings(metrics: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for metric, settings in metrics.items():
        for setting, value in settings.items():
            yield f"metric {metric}: {setting}", _name(value) if setting == "plugin" else value
