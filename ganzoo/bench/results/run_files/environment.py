"""Origin of numbers: the machine and software that played a run, and the extractor that judged it."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from ..written import Written, shaped


class Environment(Written):
    """``environment.json``: the machine and the software of a run, or of a bench.

    Attributes:
        seed: of the run; a bench has several and names none.
        device: the name of the processor or the GPU, with their number where several play one run.
        kind: ``cpu``, ``cuda`` or ``mps``.
        cuda: the version that torch was built with; None on a CPU.
        precision: that training computes in, such as ``fp32``.
        threads: that a run may use.
        cores: that its process may use.
        platform: operating system and C library.
        python: version.
        torch: version.
        torch_fidelity: version; None where it is not installed.
        numpy: version.
        ganzoo: version.
        commit: of the source, with ``-dirty`` where it was changed; None where that is not known.
        plugins: distribution and version by plugin.
    """

    about: ClassVar[str] = "environment of a run"

    seed: int | None = None
    device: str | None = None
    kind: str | None = None
    cuda: str | None = None
    precision: str | None = None
    threads: int | None = None
    cores: int | None = None
    platform: str | None = None
    python: str | None = None
    torch: str | None = None
    torch_fidelity: str | None = Field(default=None, alias="torch-fidelity")
    numpy: str | None = None
    ganzoo: str | None = None
    commit: str | None = None
    plugins: dict[str, str] = Field(default_factory=dict)


class MetricSettings(Written):
    """The settings of a metric that have one meaning for all of them; the others are its own.

    Attributes:
        plugin: that registers it, with its version.
        revision: of the metric.
        origin: distribution, version and digest of a third party's metric; None for a bundled one.
    """

    plugin: str | None = None
    revision: int = 1
    origin: str | None = None


class ExtractorIdentity(Written):
    """The extractor that the numbers of a bench were taken with; empty without an extractor.

    Attributes:
        extractor: its name.
        weights: the name of their file.
        sha256: of the weights.
        version: of the extractor's preprocessing and network.
        preprocessing: in words; None where the extractor does not say.
        plugin: that registers it, with its version.
        dtype: that features are computed in.
        device: ``cpu`` or ``cuda``.
        torch_fidelity: version; None where it is not installed.
        revision: of the extractor; None for 1.
        origin: distribution, version and digest of the source of a third party's extractor; None for a bundled one.
        metrics: the settings of each metric by its name, with its revision where that is above 1, and its origin where
            a third party registers it.
    """

    extractor: str | None = None
    weights: str | None = None
    sha256: str | None = None
    version: str | None = None
    preprocessing: str | None = None
    plugin: str | None = None
    dtype: str | None = None
    device: str | None = None
    torch_fidelity: str | None = None
    revision: int | None = None
    origin: str | None = None
    metrics: dict[str, Annotated[dict[str, Any], shaped(MetricSettings)]] = Field(default_factory=dict)
