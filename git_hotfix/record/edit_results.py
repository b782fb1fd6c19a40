"""What an edit of a document comes to."""

from __future__ import annotations

from msgspec import Struct


class Inserted(Struct, frozen=True):
    """The whole new file, and the line (from 1) where the entry begins in it."""

    content: bytes
    line: int


class AlreadyThere(Struct, frozen=True):
    """Nothing to do: what is wanted stands at ``line`` (from 1).

    ``heading`` is the heading that says where it is filed (of a version, of a section of the backlog; None: above
    all of them), ``is_released`` whether that is a version that is out, ``is_ours`` whether the entry is word for
    word what the tool writes.
    """

    line: int
    heading: str | None
    is_released: bool
    is_ours: bool


class NotUnderstood(Struct, frozen=True):
    """The file is left as it is: why, as a full sentence, and the line that a person should add."""

    reason: str
    line_to_add: str


Edit = Inserted | AlreadyThere | NotUnderstood
