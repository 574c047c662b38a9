"""Tables of results: aggregation, compatibility, and the forms in which they are drawn."""
