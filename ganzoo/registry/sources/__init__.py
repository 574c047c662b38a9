"""The sources of plugins: installed distributions, and single files."""
