"""PyTorch's process-wide settings, streams and internals."""
