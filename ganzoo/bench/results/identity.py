"""The identity of a number: all that it depends on beside the generator. Two that differ in any of it do not compare.

Source: arXiv:2104.11222 for what resizing and quantisation do to a Fréchet distance, arXiv:1911.07023 for what the
number of samples does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ...recipes.provenance.origins import Origins
from ...recipes.provenance.revisions import Revisions, above_one
from .bench_files.bench_results import BenchTerms
from .run_files.result import RunResult

_ROUNDED = {"images": "uint8", "points": "none, points"}  # of version 1
# Fields that are a recipe's own choice where each has its own networks, and the same for all on the controlled track.
OF_THE_RECIPE = ("generator", "labels", "flips", "precision")


def quantisation(modality: str) -> str:
    """Say how generated samples are rounded before they are judged, of a modality's name."""
    return _ROUNDED.get(modality, f"as {modality} at rest")


def identity_of(run: RunResult | None, terms: BenchTerms) -> dict[str, Any]:
    """Return the full identity of a run's numbers, flat: field to plain value.

    Args:
        run: None for what all runs of the bench have in common.
        terms: of its bench; what an older one does not say is left out.

    Returns:
        the data's hash and how many images it has; the extractor with its weights' sha256, version and dtype, and
        torch-fidelity's version; each metric's settings; how many images were generated, from what noise, with what
        labels, how they were quantised and in what batches they were judged; whether the generator is an average, its
        batch norm, its truncation; the precision it was trained in; and the revisions above 1 of all parts.
    """
    data, extractor = terms.dataset, terms.evaluated_with
    fields = {
        "data": data.hash,
        "n_real": data.n,
        "quantisation": quantisation(data.samples),
        "extractor": extractor.extractor,
        "extractor_weights": extractor.sha256,
        "extractor_version": extractor.version,
        "extractor_plugin": _name(extractor.plugin),
        "dtype": extractor.dtype,
        "torch_fidelity": extractor.torch_fidelity,
        "extractor_revision": extractor.revision,
        "extractor_origin": extractor.origin,
        **dict(_settings(extractor.metrics)),
        "n_generated": (run.samples if run else None) or terms.samples,
        "precision": run.machine.precision if run else None,
        **((run.identity or {}) if run else {}),
    }
    return {field: value for field, value in fields.items() if value is not None}


def _name(plugin: object) -> str | None:
    """Return a plugin without its version: what a new version changes of a number, the other fields say."""
    return str(plugin).partition(" ")[0] if plugin else None


def _settings(metrics: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for metric, settings in metrics.items():
        for setting, value in settings.items():
            yield f"metric {metric}: {setting}", _name(value) if setting == "plugin" else value


def judging_revisions(identity: Mapping[str, Any]) -> Revisions:
    """Return the revisions above 1 of an extractor and its metrics.

    Args:
        identity: an evaluator's, as a run or a bench keeps it.
    """
    metrics = [("metric", name, told.get("revision", 1)) for name, told in identity.get("metrics", {}).items()]
    extractor = ("extractor", str(identity.get("extractor")), identity.get("revision") or 1)
    return above_one([extractor, *metrics])


def judging_origins(identity: Mapping[str, Any]) -> Origins:
    """Return the origins of a third party's extractor and metrics.

    Args:
        identity: an evaluator's, as a run or a bench keeps it.
    """
    metrics = {f"metric {name}": told.get("origin") for name, told in identity.get("metrics", {}).items()}
    every = {f"extractor {identity.get('extractor')}": identity.get("origin"), **metrics}
    return {part: str(origin) for part, origin in every.items() if origin is not None}
