"""Data sets of the Hugging Face hub: ``hf://owner/name``."""

from .place import HubPlace, hub_place_of, is_hub

__all__ = ["HubPlace", "hub_place_of", "is_hub"]
