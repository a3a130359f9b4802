"""Pieces of the screen: each draws what it is given, or returns what the person asked for."""
