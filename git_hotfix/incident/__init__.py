"""The incident report: one Markdown file a hotfix, written by the tool and by people together.

- ``record``: the values; ``report``: a new report, and reading one; ``resolution``: how it ended
- ``frontmatter`` with its ``keys``, ``blocks``, ``timeline``: the parts of the file the tool owns
- ``followups``, ``postmortem``, ``adr``: later work and the look back; ``edits``: their changes that wait;
  ``language``: which one a report is written in
- ``markdown``: text of people and of git, made harmless
"""
