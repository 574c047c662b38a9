"""The examination of a machine: software, devices, weights, data, cache. Nothing is downloaded or trained."""
