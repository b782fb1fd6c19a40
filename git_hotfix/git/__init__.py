"""The only door to libgit2 and to the git program."""
