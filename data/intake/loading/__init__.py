"""Checked rows into the case database: all of a file or nothing, and back again."""
