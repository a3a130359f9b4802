"""Rollups: the rows that metrics count, kept as columns in memory and folded from the journal."""
