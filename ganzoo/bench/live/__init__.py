"""Progress of benches that are running."""
