"""The tiny network under a name that torch-fidelity knows."""

from collections.abc import Iterator
from contextlib import contextmanager

import tiny_extractor


@contextmanager
def known_to_torch_fidelity(name: str) -> Iterator[str]:
    """Register the tiny network under a name, and take it out at the end.

    A worker that comes back to a file makes its fixtures anew, and torch-fidelity takes a name once.
    """
    import torch_fidelity
    from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY

    class Theirs(torch_fidelity.FeatureExtractorBase):
        def __init__(self, name, features_list, **kwargs):
            super().__init__(name, features_list)
            self.network = tiny_extractor.Network()

        @staticmethod
        def get_provided_features_list():
            return "features", "logits"

        @staticmethod
        def get_default_feature_layer_for_metric(metric):
            return "logits" if metric == "isc" else "features"

        @staticmethod
        def can_be_compiled():
            return False

        def forward(self, x):
            found = dict(zip(("features", "logits"), self.network(x), strict=True))
            return tuple(found[name] for name in self.features_list)

    torch_fidelity.register_feature_extractor(name, Theirs)
    try:
        yield name
    finally:
        del FEATURE_EXTRACTORS_REGISTRY[name]
