"""Fixtures for the screens. No test, no data."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tui_desk import TuiDesk, open_desk


@pytest.fixture(scope="session")
def _desk_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tui") / "template.db"
    desk = open_desk(path)
    desk.close()
    return path


@pytest.fixture
def desk(_desk_template: Path, tmp_path: Path) -> Iterator[TuiDesk]:
    """A new, empty desk with anna and ben."""
    path = tmp_path / "desk.db"
    for suffix in ("", "-wal", "-shm"):
        source = Path(f"{_desk_template}{suffix}")
        if source.exists():
            shutil.copy(source, f"{path}{suffix}")
    opened = open_desk(path)
    yield opened
    opened.close()
