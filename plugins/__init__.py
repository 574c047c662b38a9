"""The bundled plugins by family, each folder shaped like a third party's package: copy one to start your own."""
