"""git-hotfix: production hotfixes as a git command.

Map of the package, lowest first; each layer imports only those above it in this list:

- ``errors``, ``hotfix``, ``config``, ``clock``: the values everyone shares
- ``templates``: Jinja2
- ``repository``: the only door to libgit2 and to the git program
- ``incident``, ``commands``: the report; other people's commands (tests, deployment, setup)
- ``workflow``: looks at a situation and decides what is left to do
- ``execution``: carries steps out, remembers what git cannot tell
- ``cli``: click, questions, output
"""

__version__ = "0.1.0"
