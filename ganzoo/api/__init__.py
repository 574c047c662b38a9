"""The Python API: what ``import ganzoo`` offers. Each name is imported when it is first used."""
