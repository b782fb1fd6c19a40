"""The incident report: one Markdown file a hotfix, written by the tool and by people together.

- ``record``: the values; ``report``: a new report, and reading one; ``resolution``: how it ended
- ``frontmatter`` with its ``keys``, ``blocks``, ``timeline``: the parts of the file the tool owns
- ``markdown``: text of people and of git, made harmless
"""
