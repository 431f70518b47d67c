"""The `desk` fixtures, for tests of the whole way of a mail."""

from __future__ import annotations

from desk.desk_fixture import databases, desk, desk_url, own_desk

__all__ = ["databases", "desk", "desk_url", "own_desk"]
