"""Classes of a program or a notebook, written to files and registered."""
