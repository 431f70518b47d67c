"""The `databases` and `own_desk` fixtures, for the long kills and loads."""

from __future__ import annotations

from desk.desk_fixture import databases, own_desk

__all__ = ["databases", "own_desk"]
