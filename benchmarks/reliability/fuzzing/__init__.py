"""Broken and hostile inputs of each format, made from good ones and read through the public readers."""
