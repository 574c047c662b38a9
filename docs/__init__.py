"""Documentation; a package, for ``docs.generate``, so that no other of the name is found first."""
