"""Files: the cache, downloads, and writes that happen whole or not at all."""
