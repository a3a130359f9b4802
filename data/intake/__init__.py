"""The way in: open a file, map its columns, check each row, load all of it or nothing."""
