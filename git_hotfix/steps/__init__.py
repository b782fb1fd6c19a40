"""One module a step: when it is due, how it is described, what ``status`` shows of it, how it is performed."""
