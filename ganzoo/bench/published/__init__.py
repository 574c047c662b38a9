"""Published numbers: what to expect of ``NAME@published``, how long it takes here, and whether what came out agrees."""
