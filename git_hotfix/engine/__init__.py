"""The engine: look, ask every step whether it is due, perform the first that is, look again."""
