"""Every setting there is: its key, the field it fills, its default as one writes it, and its kind.

Here lives the list and nothing that reads or writes it. Invariant: each key fills a field of its own in
`Settings`, and each field there has a key; no default is dangerous on an unwatched machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tuidesk.core.i18n import _
from tuidesk.core.settings_values import (
    COMMAND,
    DATABASE_URL,
    PATH,
    TIMEZONE,
    Kind,
    choice,
    duration,
    matching,
    secret_reference,
    size,
    whole,
)

# Variables of the environment that begin with TUIDESK_ and are no settings.
OTHER_VARIABLES = frozenset({"TUIDESK_CONFIG", "TUIDESK_AGENT"})
OTHER_PREFIXES = ("TUIDESK_TEST_",)


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: `name` as in the file (`table.key`), `field` in `Settings`, `comment` for people."""

    name: str
    field: str
    default: Callable[[], str]
    kind: Kind
    comment: Callable[[], str]

    @property
    def table(self) -> str:
        """The table it stands in, "" above all tables."""
        return self.name.rpartition(".")[0]

    @property
    def leaf(self) -> str:
        """Its name inside its table."""
        return self.name.rpartition(".")[2]

    @property
    def variable(self) -> str:
        """The variable of the environment that sets it."""
        return "TUIDESK_" + self.name.replace(".", "_").upper()


# platformdirs costs as much as all settings together, so it is loaded where a default is needed.


def _default_database() -> str:
    import platformdirs

    return f"sqlite:///{platformdirs.user_data_path('tuidesk') / 'desk.sqlite3'}"


def _default_secrets() -> str:
    import platformdirs

    return str(platformdirs.user_config_path("tuidesk") / "secrets.toml")


def _default_log() -> str:
    import platformdirs

    return str(platformdirs.user_log_path("tuidesk") / "tuidesk.log")


def _is(text: str) -> Callable[[], str]:
    return lambda: text


_HOST = r"[A-Za-z0-9]([A-Za-z0-9-]{0,62}\.)*[A-Za-z0-9-]{0,62}"
_HOOK = r"(?=.{1,30}\Z)[^\s\[\]]([^\[\]]*[^\s\[\]0-9])?(?<![0-9])"

KEYS: tuple[Key, ...] = (
    Key(
        "database_url",
        "database_url",
        _default_database,
        DATABASE_URL,
        lambda: _("Where the tickets are kept. A password does not belong here but to the next setting or ~/.pgpass."),
    ),
    Key(
        "database_password",
        "database_password",
        _is(""),
        secret_reference(),
        lambda: _("Where the password of a PostgreSQL user is. Nothing: none is needed, or libpq finds it."),
    ),
    Key(
        "secrets_file",
        "secrets_file",
        _default_secrets,
        PATH,
        lambda: _("Passwords of mail accounts, for references of the form secret:name. Mode 0600."),
    ),
    Key(
        "language",
        "language",
        _is(""),
        matching(r"([A-Za-z]{2,3}([_-][A-Za-z]{2,4})?)?", lambda: _("a language such as de or pt_BR, or nothing")),
        lambda: _("Language of the interface. Nothing: as the terminal says (LANG)."),
    ),
    Key(
        "desk.timezone",
        "timezone",
        _is("UTC"),
        TIMEZONE,
        lambda: _("Says when a day begins for the desk: dates in ticket numbers, limits a day."),
    ),
    Key(
        "desk.hook",
        "hook",
        _is("Ticket#"),
        matching(_HOOK, lambda: _("1 to 30 characters, no brackets, no digit or blank at the end")),
        lambda: _("Stands before the ticket number in subjects: [Ticket#2024…]. Changing it breaks old threads."),
    ),
    Key(
        "desk.number_generator",
        "number_generator",
        _is("AutoIncrement"),
        choice("AutoIncrement", "DateChecksum"),
        lambda: _("How ticket numbers are made."),
    ),
    Key(
        "desk.system_id",
        "system_id",
        _is("10"),
        matching(r"[0-9]{1,10}", lambda: _("1 to 10 digits, in quotes")),
        lambda: _("Part of every ticket number: tells this desk from others that write to the same people."),
    ),
    Key(
        "desk.fqdn",
        "fqdn",
        _is(""),
        matching(f"({_HOST})?", lambda: _("a full host name such as desk.example.com, or nothing")),
        lambda: _("Host name in Message-IDs. Nothing: the name that this machine has."),
    ),
    Key(
        "mail.max_size",
        "max_size_bytes",
        _is("32MB"),
        size("64KB", "1GB"),
        lambda: _("Biggest mail that is taken apart as a whole; a bigger one is kept as it came."),
    ),
    Key(
        "mail.poll_interval",
        "poll_interval_s",
        _is("60s"),
        duration("5s", "1d"),
        lambda: _("How long to wait between two looks into a mailbox."),
    ),
    Key(
        "mail.undo_send",
        "undo_send_s",
        _is("10s"),
        duration("0s", "1h"),
        lambda: _("How long an agent's mail waits and can be stopped. Automatic replies never wait."),
    ),
    Key(
        "mail.auto_replies_per_day",
        "auto_replies_per_day",
        _is("40"),
        whole(0, 10_000),
        lambda: _("Most automatic replies to one address in a day; a brake on mail loops. 0: none at all."),
    ),
    Key(
        "mail.default_queue",
        "default_queue",
        _is("Raw"),
        matching(r"\S(.{0,198}\S)?", lambda: _("the name of a queue, 1 to 200 characters")),
        lambda: _("Where mail goes that no address and no filter sends elsewhere."),
    ),
    Key(
        "mail.workers",
        "workers",
        _is("1"),
        whole(1, 8),
        lambda: _("Processes that take mail in. On SQLite there is always one; PostgreSQL gains up to 4."),
    ),
    Key(
        "ui.editor",
        "editor",
        _is(""),
        COMMAND,
        lambda: _(
            "Editor that ^o opens: a command, nothing for $VISUAL or $EDITOR, or builtin for none. An outside editor"
            " can read what the system account can."
        ),
    ),
    Key(
        "ui.theme",
        "theme",
        _is(""),
        matching(r"([A-Za-z][A-Za-z0-9_-]{0,49})?", lambda: _("the name of a theme, or nothing")),
        lambda: _("Colours. Nothing: those that tuidesk comes with."),
    ),
    Key(
        "log.file",
        "file",
        _default_log,
        PATH,
        lambda: _("Where the log goes. It is opened anew when it was moved away, as logrotate does."),
    ),
    Key(
        "log.level",
        "level",
        _is("INFO"),
        choice("DEBUG", "INFO", "WARNING", "ERROR"),
        lambda: _("How much is logged."),
    ),
)

KEY_BY_NAME = {key.name: key for key in KEYS}
TABLES = tuple(dict.fromkeys(key.table for key in KEYS if key.table))


def suggestion(name: str) -> str:
    """Return the sentence that helps somebody who wrote the unknown key or table `name`."""
    from difflib import get_close_matches

    table, _dot, leaf = name.rpartition(".")
    same_leaf = [key.name for key in KEYS if key.leaf == leaf]
    if table in TABLES:
        # Compared inside the table: its name, which both begin with, would make everything look alike.
        inside = [key.leaf for key in KEYS if key.table == table]
        close = [f"{table}.{found}" for found in get_close_matches(leaf, inside, 1, 0.6)]
    else:
        close = get_close_matches(name, [*KEY_BY_NAME, *TABLES], 1, 0.6)
    close_leaf = get_close_matches(leaf, [key.leaf for key in KEYS], 1, 0.75)
    elsewhere = [key.name for key in KEYS if key.leaf in close_leaf]
    for found in (same_leaf, close, elsewhere):
        if found:
            return _("a known key; did you mean {key}?").format(key=found[0])
    return _("one of the keys {keys}").format(keys=", ".join(KEY_BY_NAME))
