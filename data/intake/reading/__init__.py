"""Files of every form, as a header and numbered rows."""
