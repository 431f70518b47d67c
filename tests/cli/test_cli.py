"""The command line as its users meet it: whole processes, pipes, JSON, exit codes."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer

from cli.warm_shell import Shell
from servers.postgres import FreshDatabase
from tuidesk.cli.exit_codes import CONFIG, DENIED, REFUSED
from tuidesk.cli.mail import poll
from tuidesk.core.auth.system_account import system_user
from tuidesk.core.log import close_log
from tuidesk.core.mail.intake import Intake

MAIL = b"From: Mia <mia@customer.test>\nTo: support@desk.test\nSubject: Printer\nMessage-ID: <1@c>\n\nIt is stuck.\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    """A desk with one agent, made by `tuidesk init`."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'desk.sqlite3'}"
    else:
        fresh: FreshDatabase = request.getfixturevalue("fresh_postgres")
        url = fresh().replace("postgresql+psycopg://", "postgresql://")
    made = Shell(tmp_path, url)
    made("init", "--address", "support@desk.test", "--agent", "anna", "--agent-name", "Anna")
    return made


@pytest.fixture
def embedded(tmp_path: Path) -> Shell:
    """The same on SQLite alone, for what the database has no part in."""
    made = Shell(tmp_path, f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    made("init", "--address", "support@desk.test", "--agent", "anna", "--agent-name", "Anna")
    return made


def test_a_day_in_pipes(shell: Shell) -> None:
    assert shell("mail", "read", stdin=MAIL).split() == ["new", "1000001"]
    assert "here already" in shell("mail", "read", stdin=MAIL)
    (row,) = [json.loads(line) for line in shell("ticket", "list", "new", "--json").splitlines()]
    assert (row["number"], row["title"], row["customer"]) == ("1000001", "Printer", "mia@customer.test")
    answered = json.loads(shell("ticket", "reply", "01", "--json", stdin="Grüße, es läuft.".encode()))
    assert answered["events"][-2:] == ["SendAnswer", "StateUpdate"]
    (mail,) = answered["outbox"]
    shell("outbox", "stop", str(mail))
    shown = json.loads(shell("ticket", "show", "1000001", "--json"))
    assert shown["articles"][-1]["delivery"] == "stopped"
    assert shown["articles"][-1]["body"] == "Grüße, es läuft."
    assert shell("ticket", "raw", "1000001", "1").encode() == MAIL
    shell("ticket", "note", "1000001", "--body", "look again", "--visible")
    shell("ticket", "set", "1000001", "--priority", "5", "--title", "Printer on fire", "--watch")
    assert "nothing to change" in shell("ticket", "set", "1000001", "--priority", "5")
    assert "1000001" in shell("ticket", "search", "grusse", "lauft")
    shell("ticket", "new", "--title", "Same thing", "--customer", "mia@customer.test", stdin=b"again")
    shell("ticket", "link", "1000001", "1000002", "--parent")
    shell("ticket", "merge", "1000002", "1000001")
    shell("ticket", "close", "1000001", "--body", "done")
    assert "closed successful" in shell("ticket", "history", "1000001")
    assert shell("ticket", "list").splitlines()[1:] == []
    assert "sound" in shell("db", "check")


def test_exit_codes_and_words(shell: Shell) -> None:
    shell("ticket", "show", "4711", code=3)
    assert "4711" in shell.complaint
    shell("ticket", "list", "sideways", code=1)
    assert "escalated" in shell.complaint
    shell("--agent", "somebody", "ticket", "list", code=4)
    shell("--config", "/nowhere.toml", "ticket", "list", code=7)
    shell("mail", "read", stdin=b"  \n", code=75)
    shell("mail", "read", "--sideways", stdin=MAIL, code=75)
    shell("mail", "read", stdin=MAIL)
    shell("ticket", "set", "1000001", "--state", "pending reminder", code=1)
    shell("ticket", "set", "1000001", "--priority", "4")
    shell("ticket", "set", "1000001", "--priority", "1", "--seen", "1", code=5)
    assert "4 high" in shell.complaint


def test_a_mail_server_keeps_what_could_not_be_stored(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'no-desk.sqlite3'}", "postgresql://nobody@localhost:1/none"):
        shell = Shell(tmp_path, url)
        shell("mail", "read", stdin=MAIL, code=75)
        assert shell.complaint
    shell.environ["TUIDESK_MAIL_WORKERS"] = "many"
    shell("mail", "read", stdin=MAIL, code=75)
    assert "TUIDESK_MAIL_WORKERS" in shell.complaint


def test_nothing_is_sent_to_nobody_and_nothing_empty_is_written(embedded: Shell) -> None:
    embedded("mail", "read", stdin=MAIL)
    embedded("customer", "add", "ben", "--email", "ben@customer.test", "--name", "Ben")
    for command in (["reply", "01"], ["note", "01"], ["new", "--title", "x", "--customer", "ben"]):
        embedded("ticket", *command, stdin=b" \n", code=1)
        assert "--body" in embedded.complaint
    for to in ("not addr", "a@b.c\nBcc: x@y.z", "a@b.c d@e.f", "a@b..c", "<a@b.c", "a@" + "x" * 300):
        embedded("ticket", "reply", "01", "--body", "x", "--to", to, code=1)
        assert "mia@example.org" in embedded.complaint, to
    for customer in ("nobody", "x y", "a@b.c, d@e.f"):
        embedded("ticket", "new", "--title", "x", "--customer", customer, "--body", "x", code=1)
        assert "login" in embedded.complaint
    embedded("ticket", "new", "--title", "x", "--customer", "ben", "--body", "x", "--attach", "/", code=1)
    assert "attach" in embedded.complaint
    embedded("ticket", "new", "--title", "Toner", "--customer", "BEN", "--mail", "--body", "x")
    shown = json.loads(embedded("ticket", "show", "1000002", "--json"))
    assert (shown["customer"], shown["articles"][0]["to"]) == ("ben", "ben@customer.test")
    embedded("ticket", "new", "--title", "Called", "--customer", "ben", "--body", "x")
    answered = json.loads(embedded("ticket", "reply", "1000003", "--body", "y", "--json"))
    assert answered["outbox"], "a call is answered at the customer's address"


def test_a_ticket_is_no_relation_of_itself(embedded: Shell) -> None:
    embedded("mail", "read", stdin=MAIL)
    embedded("ticket", "merge", "01", "01", code=1)
    embedded("ticket", "link", "01", "01", code=1)
    embedded("ticket", "set", "01", "--title", "x", "--seen", "99", code=1)
    embedded("ticket", "close", "01")
    assert "nothing to change" in embedded("ticket", "close", "01")


@pytest.mark.parametrize("content", [b"no database at all" * 100, None], ids=["noise", "another program's"])
def test_a_file_that_is_no_desk_is_left_alone(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "other.sqlite3"
    if content is None:
        with closing(sqlite3.connect(file)) as other:
            other.execute("create table ticket (x)")
    else:
        file.write_bytes(content)
    shell = Shell(tmp_path, f"sqlite:///{file}")
    for command, code in ((("db", "upgrade"), 7 if content is None else 6), (("mail", "read"), 75)):
        shell(*command, stdin=MAIL, code=code)
        assert shell.complaint.count("\n") == 1, shell.complaint
    if content is None:
        with closing(sqlite3.connect(file)) as other:
            assert other.execute("select name from sqlite_master").fetchall() == [("ticket",)]
    else:
        assert file.read_bytes() == content


def test_init_keeps_to_the_desk_that_its_settings_name(embedded: Shell, tmp_path: Path) -> None:
    embedded("--database", f"sqlite:///{tmp_path}/second.sqlite3", "init", "--address", "a@b.test", "--agent", "x", code=1)
    assert "--overwrite" in embedded.complaint
    assert not (tmp_path / "second.sqlite3").exists()


def test_init_once_more_adds_nobody_and_tells_what_it_does_not_do(embedded: Shell) -> None:
    embedded("init", "--config-file", str(embedded.folder / "a.toml"))
    (agent,) = embedded("agent", "list", "--json").splitlines()
    assert json.loads(agent)["login"] == "anna"
    embedded("init", "--timezone", "Europe/Paris", code=1)
    assert "--overwrite" in embedded.complaint


def test_a_new_desk_and_a_new_queue_answer_by_themselves(embedded: Shell) -> None:
    embedded("queue", "add", "Sales", "--address", "sales@desk.test")
    embedded("queue", "add", "Quiet", "--address", "quiet@desk.test", "--silent")
    kinds = ["auto reject", "auto reply", "auto reply/new ticket"]
    assert [sorted(json.loads(embedded("queue", "show", name, "--json"))["responses"]) for name in ("Raw", "Sales", "Quiet")] == [
        kinds, kinds, []
    ]  # fmt: skip
    assert "auto reply" in embedded("queue", "show", "Sales")
    embedded("mail", "read", stdin=MAIL)
    (mail,) = [json.loads(line) for line in embedded("outbox", "list", "--json").splitlines()]
    assert mail["recipients"] == "mia@customer.test"
    reply = json.loads(embedded("ticket", "show", "1000001", "--json"))["articles"][1]
    assert "1000001" in reply["body"]
    assert "Hello Mia" in reply["body"]


def test_init_keeps_a_password_out_of_the_settings(fresh_postgres: FreshDatabase, tmp_path: Path) -> None:
    url = sa.make_url(fresh_postgres()).set(drivername="postgresql", password="p@ss:w/rd")
    shell = Shell(tmp_path, "")
    given = url.render_as_string(hide_password=False)
    said = shell("init", "--database", given, "--address", "support@desk.test", "--agent", "anna")
    folder = tmp_path / "config" / "tuidesk"
    settings, secrets = folder / "tuidesk.toml", folder / "secrets.toml"
    assert "p@ss:w/rd" not in said + settings.read_text()
    assert "p%40ss" not in said + settings.read_text()
    assert 'database_password = "secret:database-' in settings.read_text()
    assert ' = "p@ss:w/rd"' in secrets.read_text()
    assert {file.stat().st_mode & 0o777 for file in (settings, secrets)} == {0o600}
    shell("mail", "read", stdin=MAIL)
    assert "Printer" in shell("ticket", "list", "new")
    shell("init", "--database", given, "--address", "support@desk.test", "--agent", "anna")  # once more changes nothing
    other = sa.make_url(fresh_postgres()).set(drivername="postgresql", password="another").render_as_string(hide_password=False)
    second = str(tmp_path / "second.toml")  # of a second desk, with the same file of secrets
    shell("init", "--config-file", second, "--database", other, "--address", "b@desk.test", "--agent", "anna")
    assert {"p@ss:w/rd", "another"} == set(re.findall('^"database.* = "(.*)"$', secrets.read_text(), re.M))
    assert "Printer" in shell("ticket", "list", "new")
    assert "Printer" not in shell("--config", second, "ticket", "list", "new")
    bare = url.set(password="").render_as_string(hide_password=False).replace(":@", "@")
    shell("init", "--overwrite", "--database", bare, "--address", "support@desk.test")
    assert "Printer" in shell("ticket", "list", "new")
    secrets.unlink()
    shell("ticket", "list", code=CONFIG)
    assert str(secrets) in shell.complaint


def test_a_poll_that_could_not_take_a_mail_in_says_so(
    embedded: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = tmp_path / "inbox"
    for part in ("tmp", "new", "cur"):
        (inbox / part).mkdir(parents=True)
    (inbox / "new" / "1").write_bytes(MAIL)
    embedded("mail", "account", "add", "in", "--kind", "maildir", "--path", str(inbox), "--first", "all")

    def broken(*_given: object) -> None:
        raise LookupError("no such thing")

    for name, value in embedded.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Intake, "_write", broken)
    try:
        with pytest.raises(typer.Exit) as ended:
            poll()
    finally:
        close_log()
    assert ended.value.exit_code == REFUSED
    said = capsys.readouterr()
    assert "1 mail could not be taken in" in said.err
    assert "Traceback" not in said.err + said.out
    assert "LookupError: no such thing" in (tmp_path / "log").read_text()


def test_streams_that_are_closed_or_full(embedded: Shell) -> None:
    full = (1, "The system refused: No space left on device.\n")
    for redirection, expected in ((">/dev/full", full), ("<&-", (0, "")), (">&-", (0, "")), ("2>&-", (0, ""))):
        line = f'"$0" -m tuidesk ticket list {redirection}'
        done = subprocess.run(
            ["sh", "-c", line, sys.executable], env=embedded.environ, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == expected, redirection


def test_an_account_that_is_nobody_is_told_what_to_do(shell: Shell) -> None:
    shell("agent", "add", "ben", "--name", "Ben")
    shell("agent", "set", "ben", "--map-account", system_user())
    shell("ticket", "list", code=4)
    assert "--agent" in shell.complaint
    assert "anna, ben" in shell.complaint
    shell("--agent", "ben", "ticket", "list")
    for login in ("anna", "ben"):
        shell("agent", "set", login, "--unmap-account", system_user())
    shell("ticket", "list", code=4)
    assert "--map-account" in shell.complaint


def test_only_admins_manage_the_desk_and_one_stays(shell: Shell) -> None:
    shell("agent", "add", "bob", "--name", "Bob", "--group", "users:ro")
    shell("agent", "set", "bob", "--map-account", system_user())
    shell("--agent", "bob", "queue", "add", "Hack", code=DENIED)
    assert "bob may not manage the desk; anna may" in shell.complaint
    shell("--agent", "bob", "agent", "set", "bob", "--admin", code=DENIED)
    shell("agent", "disable", "anna", code=REFUSED)
    shell("agent", "set", "anna", "--no-admin", code=REFUSED)
    shell("--agent", "anna", "agent", "set", "bob", "--admin")
    shell("--agent", "bob", "agent", "disable", "anna")
    shell("queue", "add", "Mine")


def test_a_list_of_a_state_and_a_time_without_seconds(embedded: Shell) -> None:
    embedded("mail", "read", stdin=MAIL)
    embedded("ticket", "set", "1000001", "--state", "pending reminder", "--until", "2027-01-04 09:30")
    embedded("mail", "read", stdin=MAIL.replace(b"<1@c>", b"<2@c>"))
    embedded("ticket", "close", "1000002")
    assert "1000002" in embedded("ticket", "list", "--state", "closed successful")
    assert "1000002" not in embedded("ticket", "list")


def test_admins_manage_the_desk(shell: Shell) -> None:
    shell("group", "add", "support")
    shell("queue", "add", "Support::L1", "--group", "support", "--address", "l1@desk.test", "--first-response", "60")
    shell("queue", "response", "Support::L1", "auto reply", "--body", "Your number is <OTRS_TICKET_TicketNumber>.")
    shell("queue", "add", "Other", "--address", "L1@desk.test", code=1)
    shell("agent", "add", "ben", "--name", "Ben", "--group", "support:ro,note")
    assert json.loads(shell("agent", "show", "ben", "--json"))["groups"] == {"support": ["note", "ro"]}
    shell("agent", "set", "anna", "--grant", "support:rw")
    shell("customer", "add", "mia", "--email", "mia@customer.test", "--name", "Mia", "--company", "acme")
    shell("mail", "read", stdin=MAIL.replace(b"support@", b"l1@"))
    (row,) = [json.loads(line) for line in shell("ticket", "list", "--queue", "L1", "--json").splitlines()]
    assert (row["customer"], row["queue"]) == ("mia", "Support::L1")
    assert "Your number is" in shell("ticket", "show", "1000001")
    for group in ("queue", "agent", "group", "customer"):
        assert shell(group, "list")
    shell("queue", "disable", "Junk")


def test_account_test_names_the_step_that_fails(shell: Shell) -> None:
    shell(
        "mail", "account", "add", "in", "--kind", "imap", "--host", "localhost", "--port", "1", "--user", "a",
        "--password-env", "NO_SUCH_VARIABLE",
    )  # fmt: skip
    shell("mail", "account", "test", "in", code=6)
    assert "NO_SUCH_VARIABLE" in shell.complaint
    shell.environ["NO_SUCH_VARIABLE"] = "hush-hush"
    shell("mail", "account", "test", "in", code=6)
    assert shell.complaint.startswith("connect")
    assert "hush-hush" not in shell.complaint
    assert "in" in shell("mail", "account", "list")
    shell("mail", "account", "remove", "in")


def test_nothing_in_a_mail_harms_a_terminal(shell: Shell) -> None:
    bad = "\x1b]0;pwned\x07\x1b[2J\x9b31m\u202e"
    raw = f"From: x@y.test\nSubject: =?utf-8?q?a{''.join(f'={byte:02X}' for byte in bad.encode())}?=\n\n{bad}\n"
    shell("mail", "read", stdin=raw.encode())
    for command in (("ticket", "list"), ("ticket", "show", "1000001"), ("ticket", "list", "--json")):
        printed = shell(*command)
        assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(printed)


@pytest.mark.parametrize(
    ("arguments", "foreign"),
    [
        (["--help"], {"sqlalchemy", "textual", "rich", "imapclient", "alembic"}),
        (["ticket", "--help"], {"sqlalchemy", "textual", "rich", "imapclient", "alembic"}),
        (["ticket", "list"], {"textual", "rich", "imapclient", "alembic", "inscriptis", "argon2"}),
    ],
)
def test_commands_load_only_what_they_need(tmp_path: Path, arguments: list[str], foreign: set[str]) -> None:
    shell = Shell(tmp_path, f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    shell("init", "--address", "a@b.test", "--agent", "anna")
    code = (
        "import sys, tuidesk.__main__\n"
        f"sys.argv = ['tuidesk', *{arguments!r}]\n"
        "try:\n    tuidesk.__main__.main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', sorted({foreign!r} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=shell.environ, check=True, text=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_headless_demo_holds(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tuidesk", "demo", "--headless"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Every step held." in done.stdout


def test_a_ticket_is_shown_for_reading(shell: Shell) -> None:
    letters = Path(__file__).parent.parent / "mail" / "letters"
    for name in ("outlook-thread", "invitation", "signed-pgp"):
        shell("mail", "read", stdin=(letters / f"{name}.eml").read_bytes())
    shown = shell("ticket", "show", "1000001")
    assert "[+ 8 quoted lines, --quotes shows them]" in shown
    assert "bitte neu starten" not in shown
    assert "bitte neu starten" in shell("ticket", "show", "1000001", "--quotes")
    shown = shell("ticket", "show", "1000002")
    assert "Invitation: Walk through the printer room, floor 9\n  When: Mon 2026-07-06 12:00–13:00 (UTC)" in shown
    assert "With: Support <support@desk.test> (not answered)" in shown
    assert "[2] file-2.ics  " in shown
    assert "! signed with PGP; the signature was not checked" in shell("ticket", "show", "1000003")


def test_stored_mails_are_read_again(shell: Shell) -> None:
    shell("mail", "read", stdin=MAIL)
    assert shell("mail", "reparse", "--diff") == "1 mail read again, 0 would differ\n"
    assert shell("mail", "reparse", "--since", "2100-01-01") == "0 mails read again, 0 would differ\n"
    shell("mail", "reparse", "--since", "yesterday", code=1)
    assert "YYYY-MM-DD" in shell.complaint


def test_a_reader_that_has_enough_is_no_error(embedded: Shell) -> None:
    embedded("ticket", "new", "--title", "x", "--customer", "a@b.test", stdin=b"a line of text\n" * 20_000)
    for command in ("ticket list", "ticket show 1000001", "ticket show 1000001 --json", "--help"):
        line = f'set -o pipefail; "$0" -m tuidesk {command} | head -1'
        done = subprocess.run(
            ["bash", "-c", line, sys.executable], env=embedded.environ, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1), command


def test_an_account_that_brought_mail_goes_out_of_use_and_comes_back(embedded: Shell, tmp_path: Path) -> None:
    for part in ("new", "cur", "tmp"):
        (tmp_path / "box" / part).mkdir(parents=True)
    (tmp_path / "box" / "new" / "1").write_bytes(MAIL)
    embedded("mail", "account", "add", "box", "--kind", "maildir", "--path", str(tmp_path / "box"), "--first", "all")
    assert "new" in embedded("mail", "poll")
    assert "used no more" in embedded("mail", "account", "remove", "box")
    assert "  no  " in embedded("mail", "account", "list").splitlines()[1]
    embedded("mail", "account", "add", "box", "--kind", "maildir", "--path", str(tmp_path / "box"), code=1)
    embedded("mail", "account", "set", "box", "--enable", "--after", "delete")
    assert "  yes  " in embedded("mail", "account", "list").splitlines()[1]
    embedded("mail", "account", "set", "box", "--path", str(tmp_path / "other"), code=1)


def test_passwords_are_not_asked_for_without_a_terminal(embedded: Shell) -> None:
    embedded("mail", "account", "add", "in", "--kind", "imap", "--host", "mail.test", "--user", "x", code=1)
    assert "--password-file" in embedded.complaint
    embedded("mail", "account", "add", "in", "--kind", "imap", "--host", "mail.test", "--user", "x",
          "--password-env", "A", "--password-file", "b", code=1)  # fmt: skip
    embedded("agent", "set", "anna", "--password", code=1)
    assert "terminal" in embedded.complaint
