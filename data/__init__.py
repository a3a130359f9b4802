"""Tables, words, metrics, queries, actions and intake: plain Python, usable from a prompt."""
