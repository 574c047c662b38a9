"""A run that several processes play together: how it is planned, started, followed and ended."""
