"""`tuidesk db …`: make or upgrade, check, back up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tuidesk.cli.context import GLOBAL, opened
from tuidesk.core.i18n import _, ngettext

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command()
def upgrade() -> None:
    """Make the tables of a new database, or bring an older one to this version."""
    from tuidesk.cli.output import say
    from tuidesk.core.store.engine import open_engines
    from tuidesk.core.store.migrate import upgrade as migrate

    settings = GLOBAL.settings()
    engines = open_engines(settings.database_url, password=settings.database_secret())
    try:
        before, after, copy = migrate(engines)
    finally:
        engines.dispose()
    if copy is not None:
        say(_("The database as it was before is in {path}.").format(path=copy))
    if before == after:
        say(_("The database is at revision {revision}; nothing to do.").format(revision=after))
    else:
        say(_("The database went from {before} to {after}.").format(before=before or _("nothing"), after=after))


@app.command()
def check() -> None:
    """Compare guards with their text and every ticket with its history; exit code 1 if anything is wrong."""
    from tuidesk.cli.output import complain, say
    from tuidesk.core.store import tx
    from tuidesk.core.store.check import faults

    found = 0
    with opened() as assembly, tx.read(assembly.engines) as connection:
        for fault in faults(connection, assembly.path.config_within(connection)):
            found += 1
            complain(f"{fault.area}: {fault.what}")
    if found:
        complain(ngettext("{n} fault", "{n} faults", found).format(n=found))
        raise typer.Exit(1)
    say(_("The database is sound."))


@app.command()
def backup(folder: Annotated[Path, typer.Argument(help=_("Folder for the copy."))]) -> None:
    """Copy an embedded database while it is in use. For PostgreSQL use pg_dump."""
    from tuidesk.cli.output import say
    from tuidesk.core.errors import Invalid
    from tuidesk.core.store.migrate import backup_sqlite

    with opened() as assembly:
        if not assembly.engines.is_sqlite:
            raise Invalid("database", assembly.engines.url.get_backend_name(), "sqlite; use pg_dump for PostgreSQL")
        say(str(backup_sqlite(assembly.engines, folder, assembly.desk.clock.now())))
