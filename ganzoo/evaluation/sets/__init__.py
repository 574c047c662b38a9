"""The sets of images that are compared, wherever they lie."""
