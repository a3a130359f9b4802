"""A row against its mapping: a row as we store it, or the reason why not."""
