"""git-hotfix: production hotfixes as a git command.

Map of the package, lowest first; each layer imports only those above it in this list:

- ``errors``, ``hotfix``, ``config``, ``clock``, ``memory``: the values everyone shares
- ``templates``: Jinja2
- ``git``: the only door to libgit2 and to the git program
- ``record``, ``commands``: the written record; other people's commands (tests, deployment, setup)
- ``facts``: one complete observation of a hotfix
- ``engine``: look, ask the steps, perform one, look again
- ``steps``: one module a step, and the commands as lists of them
- ``cli``: click, questions, output
"""

__version__ = "0.1.0"
