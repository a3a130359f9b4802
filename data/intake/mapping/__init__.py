"""The mapping file: what it may say, where it is kept."""
