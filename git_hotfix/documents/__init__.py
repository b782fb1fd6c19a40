"""The changelog, the backlog and fragments of people's own: bytes in, values out, no git and no files.

Every edit is the old bytes with one insertion, checked by parsing the result again.
"""
