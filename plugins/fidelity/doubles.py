"""float64 wherever the device has it."""

from torch import Tensor


def doubled(values: Tensor) -> Tensor:
    """The values in float64, where they are; on the CPU if they come from a device without it, as Apple's."""
    return (values.cpu() if values.device.type == "mps" else values).double()
