"""Who comes in: the sign-in, the sessions, the list of screens."""
