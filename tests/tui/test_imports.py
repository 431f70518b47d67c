"""What the first frame costs: no database, no mail parser before it is painted."""

from __future__ import annotations

import subprocess
import sys

import pytest

FORBIDDEN = ("sqlalchemy", "alembic", "psycopg", "tuidesk.core.desk", "tuidesk.core.store", "tuidesk.core.views",
             "tuidesk.core.mail.parse", "lxml", "typer", "textual.widgets._markdown",
             "textual.widgets._data_table")  # fmt: skip


def _loaded_by(statement: str) -> list[str]:
    code = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    "modules",
    [
        "tuidesk.app",
        "tuidesk.screens.ticket, tuidesk.screens.ticket_list, tuidesk.screens.search, tuidesk.screens.mail,"
        " tuidesk.screens.history, tuidesk.screens.login",
    ],
    ids=["app", "screens"],
)
def test_screens_load_no_database(modules: str) -> None:
    loaded = _loaded_by(f"import {modules}")
    assert not [name for name in loaded if name.startswith(FORBIDDEN)]


def test_the_terminal_is_judged_without_textual() -> None:
    assert not [name for name in _loaded_by("import tuidesk.terminal") if name.startswith(("textual", "rich"))]
