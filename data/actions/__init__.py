"""What people do to a case: one plan per kind, which `act` carries out and `preview` shows."""
