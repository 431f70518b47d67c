"""The `desk` fixtures for all tests of this folder (see `desk_fixture`)."""

from __future__ import annotations

from desk.desk_fixture import databases, desk, desk_of_module, desk_url, own_desk

__all__ = ["databases", "desk", "desk_of_module", "desk_url", "own_desk"]
