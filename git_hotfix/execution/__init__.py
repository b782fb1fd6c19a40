"""Carrying a plan out: the loop, the steps, the lock."""
