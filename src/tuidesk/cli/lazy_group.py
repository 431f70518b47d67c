"""A group of commands whose parts are imported when they are asked for: `--help` needs their names and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from inspect import cleandoc
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_group

from tuidesk.core.i18n import _


@dataclass(frozen=True, slots=True)
class Part:
    """A command or group of commands: what it is for, and where it is, as `module` and the name of what is in it."""

    help: str
    module: str
    name: str = "app"


class LazyGroup(TyperGroup):
    """Shows its parts by name and help; subclasses say which there are."""

    parts: ClassVar[Mapping[str, Part]]

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the parts."""
        return list(self.parts)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a part; None for a name that is not there."""
        part = self.parts.get(cmd_name)
        return None if part is None else _load(cmd_name, part)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write names and help without importing any part."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, part.help) for name, part in self.parts.items()])


def _load(name: str, part: Part) -> Any:
    found = getattr(import_module(part.module), part.name)
    if isinstance(found, typer.Typer):
        _translate(found)
        group = get_group(found)
        group.name, group.help = name, part.help
        return group
    alone = typer.Typer(rich_markup_mode=None)
    alone.command(name=name)(found)
    _translate(alone)
    return get_group(alone).commands[name]


def _translate(group: typer.Typer) -> None:
    """Give every command its help from its docstring, in the reader's language."""
    for command in group.registered_commands:
        if command.callback is not None and command.callback.__doc__:
            command.help = _(cleandoc(command.callback.__doc__))  # untranslated: docstrings are extracted too
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            _translate(inner.typer_instance)
