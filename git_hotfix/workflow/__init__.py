"""Decisions: what a situation still needs, as data. Nothing here changes anything."""
