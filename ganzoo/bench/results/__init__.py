"""The files that a bench writes and reads, and the values in them. Imports no torch."""
