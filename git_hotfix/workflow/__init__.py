"""Decisions: what a facts still needs, as data. Nothing here changes anything."""
