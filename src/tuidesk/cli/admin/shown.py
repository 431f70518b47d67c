"""Rows of configuration as tables, facts and JSON: one form for all groups of commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tuidesk.cli.output import show_facts, show_json, show_table


def show_rows(rows: Iterable[Any], columns: Mapping[str, Callable[[Any], str]], *, json: bool) -> None:
    """Print dataclass rows: a table of `columns` (heading → text of a row), or a JSON object a line."""
    if json:
        for row in rows:
            show_json(plain(row))
        return
    show_table(tuple(columns), [tuple(text(row) for text in columns.values()) for row in rows])


def show_row(row: Any, *, json: bool, more: Mapping[str, Sequence[str]] | None = None) -> None:
    """Print one dataclass row, all its fields and what `more` there is to say, in lists."""
    lists = more or {}
    if json:
        show_json({**plain(row), **lists})
    else:
        facts = {key.replace("_", " "): words(value) for key, value in plain(row).items() if key != "id"}
        show_facts({**facts, **{key: ", ".join(several) for key, several in lists.items()}})


def plain(row: Any) -> dict[str, Any]:
    """Return a dataclass row as JSON values."""
    return {key: _plain(value) for key, value in asdict(row).items()}


def words(value: Any) -> str:
    """Return a value for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {words(one)}" for key, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(words(one) for one in value)
    return "" if value is None else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(str(one) for one in value)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
