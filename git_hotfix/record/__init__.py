"""The written record: report, changelog, backlog, follow-ups, retrospective. Bytes in, values out; no git, no file."""
