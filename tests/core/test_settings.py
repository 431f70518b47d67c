"""Settings: which source wins, what is refused and how it is told, and the file that explains itself."""

from __future__ import annotations

import ast
import stat
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tuidesk.core.settings as settings_module
from tuidesk.core.errors import AlreadyExists, ConfigError
from tuidesk.core.secrets import Secret, store_secret
from tuidesk.core.settings import (
    DeskSettings,
    LogSettings,
    MailSettings,
    Settings,
    UiSettings,
    load_settings,
    origins,
    settings_files,
    write_config,
)
from tuidesk.core.settings_file import config_text
from tuidesk.core.settings_keys import KEY_BY_NAME, KEYS
from tuidesk.core.toml_lines import key_lines, quoted

TABLES = {"": Settings, "desk": DeskSettings, "mail": MailSettings, "ui": UiSettings, "log": LogSettings}


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))


def refused(toml: str, tmp_path: Path) -> ConfigError:
    path = tmp_path / "bad.toml"
    path.write_text(toml, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings({}, {}, (path,))
    assert caught.value.source == str(path)
    return caught.value


def test_defaults(tmp_path: Path) -> None:
    found = load_settings({}, {}, ())
    assert found.database_url == f"sqlite:///{tmp_path}/xdg_data_home/tuidesk/desk.sqlite3"
    assert found.secrets_file == tmp_path / "xdg_config_home/tuidesk/secrets.toml"
    assert found.log.file.is_relative_to(tmp_path / "xdg_state_home/tuidesk")
    assert found.desk == DeskSettings("UTC", "Ticket#", "AutoIncrement", "10", "")
    assert found.mail == MailSettings(32 * 1024 * 1024, 60, 10, 40, "Raw", 1)
    assert (found.ui, found.log.level, found.language) == (UiSettings("", ""), "INFO", "")


def test_the_stronger_source_wins_key_by_key(tmp_path: Path) -> None:
    """No two sources set the same keys, so that every step of the ladder is seen once."""
    names = ["desk.hook", "mail.default_queue", "ui.theme", "desk.fqdn", "ui.editor"]
    files = []
    for source, keys in (("config", names[:3]), ("user", names[1:]), ("system", names)):
        path = tmp_path / f"{source}.toml"
        path.write_text("\n".join(f'{name} = "{source}"' for name in keys))
        files.append(path)
    flags, environ = {"desk.hook": "flag"}, {"TUIDESK_DESK_HOOK": "env", "TUIDESK_MAIL_DEFAULT_QUEUE": "env"}
    by_key = {origin.key: origin for origin in origins(flags, environ, files)}
    assert [by_key[name].text for name in names] == ["flag", "env", "config", "user", "user"]
    found = load_settings(flags, environ, files)
    assert (found.desk.hook, found.mail.default_queue, found.ui.theme) == ("flag", "env", "config")
    assert (found.desk.fqdn, found.ui.editor) == ("user", "user")
    assert load_settings({}, {}, files[2:]).ui.editor == "system"


def test_origins_name_source_and_line(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('# comment\nlanguage = "de"\n\n[desk]\n# more\n"hook" = "Call#"\n[mail]\nworkers = 2\n')
    flags = {"database_url": "postgresql://desk:s3cret@db/desk"}
    by_key = {origin.key: origin for origin in origins(flags, {"TUIDESK_UI_THEME": "x"}, (path,))}
    assert list(by_key) == [key.name for key in KEYS]
    told = {name: (origin.text, origin.source, origin.line) for name, origin in by_key.items()}
    assert told["language"] == ("de", str(path), 2)
    assert told["desk.hook"] == ("Call#", str(path), 6)
    assert told["mail.workers"] == ("2", str(path), 8)
    assert told["ui.theme"] == ("x", "TUIDESK_UI_THEME", 0)
    assert told["database_url"] == ("postgresql://desk:***@db/desk", "flag", 0)
    assert told["mail.max_size"] == ("32MB", "default", 0)


@pytest.mark.parametrize(
    ("toml", "key", "line", "value", "allowed"),
    [
        ('[desk]\nhok = "x"', "desk.hok", 2, "x", "desk.hook"),
        ('\ntimezone = "UTC"', "timezone", 2, "UTC", "desk.timezone"),
        ('[desk]\n\ndatabase_url = "x"', "desk.database_url", 3, "x", "database_url"),
        ('[dsk]\nhook = "x"', "dsk", 1, "{}", "desk"),
        ("[mail.imap]\nx = 1", "mail.imap", 1, "{}", "one of the keys"),
        ("xyzzy = 1", "xyzzy", 1, "1", "one of the keys"),
        ("desk = 3", "desk", 1, "3", "[desk]"),
        ("[database_url]\nx = 1", "database_url", 1, "{}", "sqlite:///"),
        ('"desk.hook" = "x"', "desk.hook", 1, "x", "desk.hook"),
        ('[mail]\nworkers = "2"', "mail.workers", 2, "2", "from 1 to 8"),
        ("[mail]\nworkers = true", "mail.workers", 2, "True", "from 1 to 8"),
        ("[mail]\nworkers = 9", "mail.workers", 2, "9", "from 1 to 8"),
        ("mail = { poll_interval = 60 }", "mail.poll_interval", 1, "60", "90s or 5m"),
        ('mail.poll_interval = "60"', "mail.poll_interval", 1, "60", "s, m, h or d"),
        ('mail.poll_interval = "1s"', "mail.poll_interval", 1, "1s", "from 5s to 1d"),
        ('mail.poll_interval = "-5m"', "mail.poll_interval", 1, "-5m", "from 5s to 1d"),
        ('mail.max_size = "32 apples"', "mail.max_size", 1, "32 apples", "KB, MB or GB"),
        ('mail.max_size = "2GB"', "mail.max_size", 1, "2GB", "64KB to 1GB"),
        ("[desk]\nsystem_id = 10", "desk.system_id", 2, "10", "in quotes"),
        ('desk.system_id = "١٢"', "desk.system_id", 1, "١٢", "digits"),
        ('desk.hook = "Ticket1"', "desk.hook", 1, "Ticket1", "no digit"),
        ('desk.hook = "[T]"', "desk.hook", 1, "[T]", "no brackets"),
        ('desk.hook = ""', "desk.hook", 1, "", "1 to 30"),
        ('desk.timezone = "Europe/Atlantis"', "desk.timezone", 1, "Europe/Atlantis", "Europe/Berlin"),
        ('desk.timezone = "Europe"', "desk.timezone", 1, "Europe", "Europe/Berlin"),
        ('desk.timezone = "../UTC"', "desk.timezone", 1, "../UTC", "Europe/Berlin"),
        ('desk.number_generator = "Random"', "desk.number_generator", 1, "Random", "DateChecksum"),
        ('desk.fqdn = "desk example"', "desk.fqdn", 1, "desk example", "host name"),
        ('desk.fqdn = "a>b"', "desk.fqdn", 1, "a>b", "host name"),
        ('ui.editor = "vi \'x"', "ui.editor", 1, "vi 'x", "open quote"),
        ('log.level = "LOUD"', "log.level", 1, "LOUD", "DEBUG"),
        ('log.file = ""', "log.file", 1, "", "path"),
        ('secrets_file = "~no_such_account_x/y"', "secrets_file", 1, "~no_such_account_x/y", "path"),
        ('\nlanguage = """\nde\n"""', "language", 2, "de\n", "pt_BR"),
        ('database_password = "s3cret"', "database_password", 1, "***", "secret:name"),
        ("database_password = 1234", "database_password", 1, "***", "secret:name"),
        ('database_url = "postgresql://u:one two@h/d"', "database_url", 1, "postgresql://u:***@h/d", "host:port"),
        ('database_url = "postgresql://u:a@x:tail@h/d"', "database_url", 1, "postgresql://u:***@h/d", "host:port"),
        ('database_url = "postgresql://u:a@h/d?password=b"', "database_url", 1, "postgresql://u:***@h/d?password=***", "host:port"),
        ('database_url = "mysql://x/y"', "database_url", 1, "mysql://x/y", "postgresql://"),
        ('database_url = "sqlite:///:memory:"', "database_url", 1, "sqlite:///:memory:", "sqlite:///path"),
        ('database_url = "sqlite:///"', "database_url", 1, "sqlite:///", "sqlite:///path"),
        ('database_url = "sqlite://x"', "database_url", 1, "sqlite://x", "sqlite:///path"),
        ('database_url = "postgresql://h:5x/d"', "database_url", 1, "postgresql://h:5x/d", "host:port"),
        ('database_url = "postgresql://h/"', "database_url", 1, "postgresql://h/", "/database"),
        (
            'database_url = "postgresql://u:p@s/s@h"',
            "database_url",
            1,
            "postgresql://u:***@h",
            "/database",
        ),
        ('databse_url = "postgresql://u:pw@h/d"', "databse_url", 1, "postgresql://u:***@h/d", "database_url"),
        ("[desk]\nhook = \n[mail]", "", 2, "hook =", "TOML"),
        ('a = 1\nb = "', "", 2, 'b = "', "TOML"),
        ("[desk]\n[desk]", "", 2, "[desk]", "TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    toml: str, key: str, line: int, value: str, allowed: str, tmp_path: Path
) -> None:
    error = refused(toml, tmp_path)
    assert (error.key, error.line, error.value) == (key, line, value)
    assert allowed in error.allowed
    assert "s@h" not in str(error)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b'language = "de"\n# \xff\n')
    with pytest.raises(ConfigError) as caught:
        load_settings({}, {}, (path,))
    assert (caught.value.line, caught.value.allowed) == (2, "text in UTF-8")


def test_a_file_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({}, {}, (tmp_path,))
    assert caught.value.source == str(tmp_path)


def test_an_overridden_value_is_checked_too(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("mail.workers = 99")
    with pytest.raises(ConfigError):
        load_settings({"mail.workers": "2"}, {}, (path,))


@pytest.mark.parametrize(
    ("variable", "allowed"),
    [("TUIDESK_DATABSE_URL", "TUIDESK_DATABASE_URL"), ("TUIDESK_QQQQ", "one of the variables")],
)
def test_unknown_variables_are_refused(variable: str, allowed: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({}, {variable: "postgresql://u:pw@h/d"}, ())
    assert caught.value.source == variable
    assert allowed in caught.value.allowed
    assert "pw" not in caught.value.value


def test_variables_that_are_no_settings() -> None:
    environ = {"TUIDESK_CONFIG": "/x", "TUIDESK_TEST_PG": "1", "TUIDESK_LOG_LEVEL": "", "HOME": "/", "tuidesk_x": ""}
    assert load_settings({}, environ, ()) == load_settings({}, {}, ())


def test_a_bad_variable_and_a_bad_flag() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({}, {"TUIDESK_MAIL_WORKERS": "many"}, ())
    assert (caught.value.source, caught.value.key) == ("TUIDESK_MAIL_WORKERS", "mail.workers")
    with pytest.raises(ConfigError) as caught:
        load_settings({"mail.worker": "1"}, {}, ())
    assert (caught.value.source, "mail.workers" in caught.value.allowed) == ("flag", True)


@pytest.mark.parametrize("text", ["Ticket#\n", "a\x1bb", "\ud800", "a\u202eb"])
def test_no_setting_holds_control_characters(text: str) -> None:
    with pytest.raises(ConfigError):
        load_settings({"mail.default_queue": text}, {}, ())


def test_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "a.toml").write_text('database_url = "sqlite:///x.sqlite3"\nsecrets_file = "s.toml"')
    monkeypatch.setenv("HOME", "/home/anna")
    monkeypatch.chdir(tmp_path)
    found = load_settings({"log.file": "~/x.log"}, {}, (Path("etc/a.toml"),))
    assert found.database_url == f"sqlite:///{folder}/x.sqlite3"
    assert found.secrets_file == folder / "s.toml"
    assert found.log.file == Path("/home/anna/x.log")
    assert load_settings({"log.file": "x.log"}, {}, ()).log.file == tmp_path / "x.log"
    absolute = "sqlite:////srv/desk.sqlite3"
    assert load_settings({"database_url": absolute}, {}, ()).database_url == absolute


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://desk@db.example.com:5432/desk",
        "postgresql:///desk?host=/run/postgresql",
        "postgresql+psycopg://desk:p%40ss@[::1]/desk?sslmode=require",
    ],
)
def test_urls_of_postgresql(url: str) -> None:
    assert load_settings({"database_url": url}, {}, ()).database_url == url


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("mail.poll_interval", "5m", 300),
        ("mail.poll_interval", "1 H", 3600),
        ("mail.poll_interval", "1d", 86400),
        ("mail.undo_send", "0s", 0),
        ("mail.max_size", "64kb", 64 * 1024),
        ("mail.max_size", "1GB", 1024**3),
        ("desk.number_generator", "datechecksum", "DateChecksum"),
        ("desk.system_id", "007", "007"),
        ("desk.hook", "Our call: #", "Our call: #"),
        ("desk.hook", "#", "#"),
        ("desk.timezone", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("log.level", "debug", "DEBUG"),
        ("language", "pt_BR", "pt_BR"),
        ("ui.editor", "vim -u 'no ne'", "vim -u 'no ne'"),
        ("mail.default_queue", "Support::L1", "Support::L1"),
    ],
)
def test_values_that_are_right(key: str, text: str, value: object) -> None:
    found = load_settings({key: text}, {}, ())
    table = getattr(found, KEY_BY_NAME[key].table) if KEY_BY_NAME[key].table else found
    assert getattr(table, KEY_BY_NAME[key].field) == value


def test_the_host_name_is_never_empty_nor_unfit(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = load_settings({}, {}, ()).desk
    for answer, expected in (("desk.example.com", "desk.example.com"), ("", "localhost"), ("fe80::1", "localhost")):
        monkeypatch.setattr("socket.getfqdn", lambda answer=answer: answer)
        assert desk.host_name() == expected
    assert load_settings({"desk.fqdn": "help.example.org"}, {}, ()).desk.host_name() == "help.example.org"


def test_the_files_that_are_read(tmp_path: Path) -> None:
    user = tmp_path / "xdg_config_home/tuidesk/tuidesk.toml"
    assert settings_files() == (user, Path("/etc/tuidesk/tuidesk.toml"))
    here = tmp_path / "mine.toml"
    with pytest.raises(ConfigError):
        settings_files(here)
    here.touch()
    assert settings_files(here)[:2] == (here, user)


# --- the list of keys ---------------------------------------------------------------------------


def test_every_field_has_a_key_and_every_key_a_field() -> None:
    from_fields = {
        (table, field.name)
        for table, kind in TABLES.items()
        for field in fields(kind)
        if not (table == "" and field.name in TABLES)
    }
    assert {(key.table, key.field) for key in KEYS} == from_fields
    assert len({key.variable for key in KEYS}) == len(KEYS) == len(from_fields)


def test_every_field_says_key_and_default_below_it() -> None:
    source = ast.parse(Path(settings_module.__file__).read_text("utf-8"))
    said: dict[tuple[str, str], str] = {}
    for owner in source.body:
        for before, after in zip(owner.body, owner.body[1:], strict=False) if isinstance(owner, ast.ClassDef) else ():
            if isinstance(before, ast.AnnAssign) and isinstance(after, ast.Expr):
                said[owner.name, ast.unparse(before.target)] = ast.unparse(after)
    for key in KEYS:
        text = said[TABLES[key.table].__name__, key.field]
        assert f"`{key.name}`" in text
        assert "Default" in text
        if "/" not in key.default():
            assert key.default() in text


def test_settings_are_frozen() -> None:
    assert all(is_dataclass(kind) and kind.__dataclass_params__.frozen for kind in TABLES.values())


# --- the file that explains itself ----------------------------------------------------------------


def test_a_new_file_holds_every_key_and_sets_only_what_was_asked(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tuidesk.toml"
    wanted = {"database_url": "postgresql://desk@db/desk", "desk.hook": 'Q"\\#', "mail.workers": "2"}
    write_config(path, wanted)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    text = path.read_text("utf-8")
    assert tomllib.loads(text) == {
        "database_url": "postgresql://desk@db/desk",
        "desk": {"hook": 'Q"\\#'},
        "mail": {"workers": 2},
        "ui": {},
        "log": {},
    }
    assert load_settings({}, {}, (path,)) == load_settings(wanted, {}, ())
    for key in KEYS:
        assert key.comment() in text
        assert key.variable in text


def test_the_defaults_in_the_file_are_those_in_force(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    leaves = {key.leaf for key in KEYS}
    lines = config_text({}).splitlines()
    path.write_text("\n".join(line[2:] if line[2:].split(" = ")[0] in leaves else line for line in lines))
    by_key = origins({}, {}, (path,))
    assert {origin.source for origin in by_key} == {str(path)}
    assert load_settings({}, {}, (path,)) == load_settings({}, {}, ())


def test_a_file_is_not_overwritten_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "tuidesk.toml"
    path.write_text("language = 'de'")
    with pytest.raises(AlreadyExists):
        write_config(path, {})
    assert path.read_text() == "language = 'de'"
    write_config(path, {"language": "fr"}, overwrite=True)
    assert load_settings({}, {}, (path,)).language == "fr"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("values", [{"desk.hok": "x"}, {"mail.workers": "many"}])
def test_a_file_that_could_not_be_read_is_not_written(values: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        write_config(tmp_path / "a.toml", values)
    assert list(tmp_path.iterdir()) == []


# --- lines and quotes -----------------------------------------------------------------------------


def test_lines_of_keys() -> None:
    text = 'a = 1\n# c\n\nb = """\na = 2\n[x]\n"""\n[t]\n"k.x" = [\n 1,\n]\nd.e = {f = 1}\r\n\n[u]\n'
    assert key_lines(text) == {
        ("a",): (1, 1),
        ("b",): (4, 7),
        ("t",): (8, 8),
        ("t", "k.x"): (9, 11),
        ("t", "d"): (12, 12),
        ("t", "d", "e"): (12, 12),
        ("t", "d", "e", "f"): (12, 12),
        ("u",): (14, 14),
    }


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_quoted_is_read_back(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}
    assert "\n" not in quoted(text)


@settings(max_examples=200)
@given(st.sampled_from([key.name for key in KEYS]), st.text(max_size=20))
def test_any_text_is_a_setting_or_refused(name: str, text: str) -> None:
    try:
        load_settings({name: text}, {}, ())
    except ConfigError as error:
        assert error.key == name
        assert error.allowed


def test_a_password_belongs_to_the_database_that_it_came_with(tmp_path: Path) -> None:
    file, secrets = tmp_path / "a.toml", tmp_path / "secrets.toml"
    store_secret(secrets, "one", Secret("of one"))
    file.write_text(
        f'database_url = "postgresql://u@one/d"\ndatabase_password = "secret:one"\nsecrets_file = "{secrets}"\n'
    )

    def secret(flags: dict[str, str], environ: dict[str, str]) -> Secret | None:
        return load_settings(flags, environ, (file,)).database_secret()

    assert secret({}, {}) == Secret("of one")
    assert secret({"database_url": "postgresql://u@one/d"}, {}) == Secret("of one")
    assert secret({"database_url": "postgresql://u@two/d"}, {}) is None
    assert secret({}, {"TUIDESK_DATABASE_URL": "postgresql://u@two/d"}) is None
    two = {"TUIDESK_DATABASE_URL": "postgresql://u@two/d", "TUIDESK_DATABASE_PASSWORD": "secret:one"}
    assert secret({}, two) == Secret("of one")
    assert secret({"database_url": "postgresql://u:own@one/d", "database_password": "secret:one"}, {}) is None
