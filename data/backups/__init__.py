"""Backups: a consistent copy of the whole database in one file, proven when it is brought back."""
