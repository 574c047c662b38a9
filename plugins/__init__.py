"""The bundled plugins, one folder each, each shaped like a third party's package."""
