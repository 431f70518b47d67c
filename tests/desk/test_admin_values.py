"""What admins may type: names, logins, addresses, rights, settings of mail accounts, secrets."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.admin import account_settings, values
from tuidesk.core.admin.queues import queue_name, targets_value
from tuidesk.core.domain.sla import Targets
from tuidesk.core.domain.states import Right
from tuidesk.core.errors import Invalid

IMAP = {"host": "mail.test", "user": "desk"}
IMAP_FULL = {**IMAP, "security": "tls", "folder": "INBOX", "after": "mark", "first": "now"}


@pytest.mark.parametrize(
    ("check", "value", "expected"),
    [
        (values.name_value, "  Büro \t", "Büro"),
        (values.name_value, "Cafe\u0301\0", "Café"),
        (values.name_value, "x" * 191, "x" * 191),
        (values.line_value, "   ", ""),
        (values.text_value, "\r\nHello\r\n\tyou\rthere\n\n", "Hello\n\tyou\nthere"),
        (values.login_value, " Anna.B ", "Anna.B"),
        (values.login_value, "-x", "-x"),
        (values.address_value, " Jo.O'Neill+x@Mail.Example.com ", "Jo.O'Neill+x@Mail.Example.com"),
        (values.address_value, "münze@straße.example", "münze@straße.example"),
        (values.address_value, "root@localhost", "root@localhost"),
        (values.optional_address, "  ", ""),
        (queue_name, "Support ::  L1", "Support::L1"),
    ],
)
def test_taken(check: Callable[[str, str], str], value: str, expected: str) -> None:
    assert check("field", value) == expected


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (values.name_value, ""),
        (values.name_value, " \0 "),
        (values.name_value, "x" * 192),
        (values.name_value, "two\nlines"),
        (values.name_value, "two\u2028lines"),
        (values.name_value, "bell\x07"),
        (values.text_value, "colour \x1b[31m"),
        (values.text_value, "x" * (values.TEXT_CHARACTERS + 1)),
        (values.login_value, "-"),
        (values.login_value, ""),
        (values.login_value, "a b"),
        (values.login_value, "a\u00a0b"),
        (values.login_value, "an\u200bna"),
        (values.login_value, "\u202eanna"),
        (values.login_value, "anna\x1b"),
        (values.address_value, ""),
        (values.address_value, "nobody"),
        (values.address_value, "a@b@c"),
        (values.address_value, "Jo <jo@example.com>"),
        (values.address_value, "a@b.test, c@d.test"),
        (values.address_value, "a@.test"),
        (values.address_value, "a@b..test"),
        (values.address_value, "a@b.test."),
        (values.address_value, "a\u200b@b.test"),
        (values.address_value, "a" * 320 + "@b.test"),
        (queue_name, "::"),
        (queue_name, "A::"),
        (queue_name, "A:: ::B"),
        (queue_name, "A:::B"),
    ],
)
def test_refused(check: Callable[[str, str], str], value: str) -> None:
    with pytest.raises(Invalid) as refused:
        check("field", value)
    assert refused.value.field == "field"
    assert refused.value.allowed


@given(st.text())
def test_a_login_that_is_taken_shows_all_its_characters(text: str) -> None:
    try:
        login = values.login_value("login", text)
    except Invalid:
        return
    assert login == values.login_value("login", login)
    assert not {unicodedata.category(char)[0] for char in login} & {"C", "Z"}


def test_rights() -> None:
    assert values.rights_value(["ro", Right.NOTE]) == {Right.RO, Right.NOTE}
    for wrong in (["close"], [], "rw"):
        with pytest.raises(Invalid, match="move_into"):
            values.rights_value(wrong)


def test_targets() -> None:
    assert targets_value({"update_min": 60, "update_notify": 80}) == Targets(0, 60, 0, 0, 80, 0)
    for wrong in ({"minutes": 1}, {"update_min": -1}, {"update_min": 10**9}, {"solution_notify": 101}):
        with pytest.raises(Invalid):
            targets_value(wrong)


@pytest.mark.parametrize(
    ("kind", "settings", "expected"),
    [
        ("imap", IMAP, IMAP_FULL),
        ("imap", {**IMAP, "port": "143", "security": "starttls", "folder": None, "ca_file": ""},
         {**IMAP_FULL, "port": 143, "security": "starttls"}),
        ("imap", {**IMAP, "host": "[2001:DB8::1]", "port": 0}, {**IMAP_FULL, "host": "2001:db8::1"}),
        ("imap", {**IMAP, "after": "move", "move_to": "Done", "first": "since:2026-02-28"},
         {**IMAP_FULL, "after": "move", "move_to": "Done", "first": "since:2026-02-28"}),
        ("maildir", {"path": "/var/mail/desk", "first": "all"},
         {"path": "/var/mail/desk", "after": "mark", "first": "all"}),
        ("smtp", {"host": "mail.test"}, {"host": "mail.test", "security": "starttls"}),
        ("smtp", {"host": "127.0.0.1", "port": 65535, "security": "none"},
         {"host": "127.0.0.1", "port": 65535, "security": "none"}),
        ("maildir-out", {"path": "/tmp/out"}, {"path": "/tmp/out"}),
    ],
)  # fmt: skip
def test_settings(kind: str, settings: dict[str, object], expected: dict[str, object]) -> None:
    assert account_settings.checked_settings(kind, settings) == expected


@pytest.mark.parametrize(
    ("kind", "settings", "field"),
    [
        ("pop3", {}, "kind"),
        ("imap", {}, "host"),
        ("imap", {"host": "mail.test"}, "user"),
        ("imap", {**IMAP, "host": "mail.test:993"}, "host"),
        ("imap", {**IMAP, "host": "imaps://mail.test"}, "host"),
        ("imap", {**IMAP, "host": "mail test"}, "host"),
        ("imap", {**IMAP, "host": 5}, "host"),
        ("imap", {**IMAP, "password": "hunter2"}, "password"),
        ("imap", {**IMAP, "port": 65536}, "port"),
        ("imap", {**IMAP, "port": "-1"}, "port"),
        ("imap", {**IMAP, "port": "９９３"}, "port"),
        ("imap", {**IMAP, "port": True}, "port"),
        ("imap", {**IMAP, "security": "ssl"}, "security"),
        ("imap", {**IMAP, "after": "keep"}, "after"),
        ("imap", {**IMAP, "after": "move"}, "move_to"),
        ("imap", {**IMAP, "move_to": "Done"}, "move_to"),
        ("imap", {**IMAP, "first": "since:2026-02-30"}, "first"),
        ("imap", {**IMAP, "first": "since:20260228"}, "first"),
        ("imap", {**IMAP, "first": "yesterday"}, "first"),
        ("imap", {**IMAP, "ca_file": "ca.pem"}, "ca_file"),
        ("imap", {**IMAP, "folder": "a\r\nLOGOUT"}, "folder"),
        ("maildir", {}, "path"),
        ("maildir", {"path": "mails"}, "path"),
        ("maildir", {"path": "/mails", "host": "mail.test"}, "host"),
        ("smtp", {"host": "mail.test", "folder": "INBOX"}, "folder"),
        ("maildir-out", {"path": "/mails", "after": "mark"}, "after"),
    ],
)
def test_settings_refused(kind: str, settings: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        account_settings.checked_settings(kind, settings)
    assert refused.value.field == field
    assert refused.value.allowed


def test_changing_what_happens_to_read_mail_forgets_where_it_was_moved() -> None:
    old = account_settings.checked_settings("imap", {**IMAP, "after": "move", "move_to": "Done", "port": 993})
    assert account_settings.merged_settings("imap", old, {"after": "mark", "port": ""}) == IMAP_FULL
    with pytest.raises(Invalid):
        account_settings.merged_settings("imap", old, {"after": "mark", "move_to": "Elsewhere"})


@pytest.mark.parametrize(
    "secret", ["file:/run/mail", "file:~/mail", "env:MAIL", "command:pass show mail", "secret:mail"]
)
def test_secrets(secret: str) -> None:
    assert account_settings.checked_secret("imap", IMAP, f" {secret} ") == secret
    assert account_settings.checked_secret("smtp", {"user": "desk"}, secret) == secret


@pytest.mark.parametrize("secret", ["", "hunter2", "file:", "file: ", "FILE:/x", "https://x", "env:A\nB"])
def test_secrets_refused_without_being_repeated(secret: str) -> None:
    for kind, settings in (("imap", IMAP), ("smtp", {"user": "desk"})):
        with pytest.raises(Invalid) as refused:
            account_settings.checked_secret(kind, settings, secret)
        assert refused.value.value in ("", "***")


def test_a_secret_that_would_never_be_used_is_refused() -> None:
    assert account_settings.checked_secret("smtp", {}, "") == ""
    for kind in ("smtp", "maildir", "maildir-out"):
        with pytest.raises(Invalid):
            account_settings.checked_secret(kind, {}, "env:MAIL")
