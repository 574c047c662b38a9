"""Execution of steps on the device: precision, compilation, CUDA graphs."""
