"""Generators taken elsewhere: as a folder with weights, configuration and card, as a program of torch, or as ONNX."""

from .export import FORMATS, Exported, export

__all__ = ["FORMATS", "Exported", "export"]
