"""How screens put answers into components; no screen of its own."""
