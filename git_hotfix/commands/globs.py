"""Whether a pattern of the configuration (``test.map``, ``scope.exclude``) means a path of the repository."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(pattern: str, path: str) -> bool:
    """Return whether ``pattern`` matches ``path``, both with ``/`` and relative to the top of the repository.

    The rules are gitignore(5)'s, as far as they concern one file: ``*``, ``?`` and ``[…]`` stay within one
    folder name, ``**`` crosses folders (none too), a pattern without ``/`` is looked up in every folder,
    ``vendor/`` is everything in a folder of that name, a leading ``/`` holds it to the top. Case counts;
    there is no ``!`` and no escaping by a backslash (``[*]`` is a star).
    """
    names = pattern.removeprefix("./").removesuffix("/")
    wanted = names.lstrip("/").split("/")
    if "/" not in names:
        wanted.insert(0, "**")
    if pattern.endswith("/") and wanted[-1] != "**":
        wanted.append("**")
    if wanted[-1] == "**":
        wanted.append("*")  # a folder's content, not the folder
    return _match(wanted, path.split("/"))


def _match(wanted: list[str], parts: list[str]) -> bool:
    """Walk the pattern once, keeping every number of parts it may have used so far: no backtracking."""
    used = {0}
    for name in wanted:
        if name == "**":
            used = set(range(min(used), len(parts) + 1))
        else:
            used = {count + 1 for count in used if count < len(parts) and fnmatchcase(parts[count], name)}
        if not used:
            return False
    return len(parts) in used
