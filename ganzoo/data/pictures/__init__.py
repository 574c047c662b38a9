"""Pictures: files decoded, turned upright and brought to one size, within the memory that there is."""
