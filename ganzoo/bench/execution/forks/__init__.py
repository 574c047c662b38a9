"""The fork server, from which runs on a CPU start."""
