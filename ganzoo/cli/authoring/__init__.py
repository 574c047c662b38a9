"""Beginnings for authors of plugins: packages and single files, written from templates."""
