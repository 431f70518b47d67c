"""An IMAP folder as a source: on real servers what must work, on a scripted one what must not break us."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from servers.certificate import Certificate, make_certificate
from servers.imap_account import ImapAccount
from servers.imap_scripted import TRICKLED, UIDVALIDITY, Rule, ScriptedImap, Talk
from tuidesk.core.errors import Invalid, MailServerError
from tuidesk.core.mail import imap_fetch
from tuidesk.core.mail.imap import ImapSettings, ImapSource
from tuidesk.core.mail.imap_fetch import ConnectionLost
from tuidesk.core.mail.source import CHUNK_BYTES, EVERYTHING, Arrival

SHORT_S = 0.4


def mail(subject: str, body: bytes = b"hello\r\n") -> bytes:
    return b"From: a@example.com\r\nSubject: " + subject.encode() + b"\r\n\r\n" + body


def source_of(account: ImapAccount, **changes: object) -> ImapSource:
    settings = ImapSettings("localhost", account.server.port, "none", account.user)
    return ImapSource(replace(settings, **changes), account.password)  # type: ignore[arg-type]


def scripted_source(server: ScriptedImap, **changes: object) -> ImapSource:
    settings = ImapSettings("localhost", server.port, "none", "me", connect_timeout_s=SHORT_S, timeout_s=SHORT_S)
    return ImapSource(replace(settings, **changes), "secret")  # type: ignore[arg-type]


def read(arrivals: Iterator[Arrival]) -> list[tuple[str, bytes | str]]:
    """Return (uid, content or the error) of each arrival."""
    return [(a.key.partition("/")[2], a.error or b"".join(a.chunks())) for a in arrivals]


# --- real servers -------------------------------------------------------------------------------


def test_new_mail_is_known_by_uid_not_by_seen(imap_account: ImapAccount) -> None:
    imap_account.append(mail("one"), mail("two"), flags="(\\Seen)")
    with source_of(imap_account) as source:
        arrivals = read(source.arrivals(EVERYTHING, 10))
        assert [content for _, content in arrivals] == [mail("one"), mail("two")]


def test_fetching_leaves_mails_unseen_until_acknowledged(imap_account: ImapAccount) -> None:
    first, second = imap_account.append(mail("one"), mail("two"))
    with source_of(imap_account) as source:
        keys = [arrival.key for arrival in source.arrivals(EVERYTHING, 10)]
        assert imap_account.flags() == {first: set(), second: set()}
        source.acknowledge(keys[:1])
        source.acknowledge(keys[:1])
        assert imap_account.flags() == {first: {"\\Seen"}, second: set()}


def test_a_position_hides_what_came_before_even_the_last_message(imap_account: ImapAccount) -> None:
    imap_account.append(mail("one"))
    with source_of(imap_account) as source:
        (arrival,) = source.arrivals(EVERYTHING, 10)
        position = source.position_after(arrival.key)
        assert list(source.arrivals(position, 10)) == []
        imap_account.append(mail("two"))
        assert [content for _, content in read(source.arrivals(position, 10))] == [mail("two")]


def test_mark_means_everything_that_is_there(imap_account: ImapAccount) -> None:
    with source_of(imap_account) as source:
        empty = source.mark()
        imap_account.append(mail("one"), mail("two"))
        assert len(list(source.arrivals(empty, 10))) == 2
        assert list(source.arrivals(source.mark(), 10)) == []


def test_since_a_date(imap_account: ImapAccount) -> None:
    imap_account.append(mail("old"), received_at=datetime(2020, 1, 1, 12, tzinfo=UTC))
    imap_account.append(mail("new"), received_at=datetime(2024, 3, 2, 12, tzinfo=UTC))
    with source_of(imap_account) as source:
        arrivals = list(source.arrivals(source.position_since(date(2024, 3, 2)), 10))
        assert [b"".join(arrival.chunks()) for arrival in arrivals] == [mail("new")]
        assert arrivals[0].received_at == datetime(2024, 3, 2, 12, tzinfo=UTC)
        assert list(source.arrivals(source.position_since(date(2024, 3, 4)), 10)) == []


def test_limit_takes_the_oldest(imap_account: ImapAccount) -> None:
    uids = imap_account.append(mail("one"), mail("two"), mail("three"))
    with source_of(imap_account) as source:
        assert [uid for uid, _ in read(source.arrivals(EVERYTHING, 2))] == [str(uid) for uid in uids[:2]]


@pytest.mark.parametrize("extra", [-1, 0, 1, CHUNK_BYTES + 5])
def test_long_mails_come_in_chunks_and_whole(imap_account: ImapAccount, extra: int) -> None:
    head = mail("long", b"")
    line = b"0123456789abcde\r\n"
    size = CHUNK_BYTES + extra - len(head)
    raw = head + (line * (size // len(line) + 1))[: size - 2] + b"\r\n"
    imap_account.append(raw, mail("next"))
    with source_of(imap_account) as source:
        arrivals = source.arrivals(EVERYTHING, 10)
        long = next(arrivals)
        for _ in range(2):
            chunks = list(long.chunks())
            assert b"".join(chunks) == raw
            assert all(len(chunk) <= CHUNK_BYTES for chunk in chunks)
        assert long.size_bytes == len(raw)
        assert [content for _, content in read(arrivals)] == [mail("next")]


def test_uidvalidity_change_makes_all_mails_new_and_old_keys_harmless(imap_account: ImapAccount) -> None:
    imap_account.create("Support")
    imap_account.append(mail("one"), folder="Support")
    with source_of(imap_account, folder="Support", after="delete") as source:
        (old,) = source.arrivals(EVERYTHING, 10)
        position = source.position_after(old.key)
    imap_account.recreate("Support")
    imap_account.append(mail("two"), folder="Support")
    with source_of(imap_account, folder="Support", after="delete") as source:
        source.acknowledge([old.key])
        assert source.again(old.key) is None
        (new,) = source.arrivals(position, 10)
        assert b"".join(new.chunks()) == mail("two")
        assert new.key != old.key


@pytest.mark.parametrize("target", ["Processed", "Erledigt für heute"])
def test_move_makes_the_folder(imap_account: ImapAccount, target: str) -> None:
    imap_account.append(mail("one"), mail("two"))
    with source_of(imap_account, after="move", move_to=target) as source:
        keys = [arrival.key for arrival in source.arrivals(EVERYTHING, 10)]
        source.acknowledge(keys[:1])
        source.acknowledge(keys[:1])
    assert len(imap_account.uids()) == 1
    assert len(imap_account.folders()) == 2
    settings = ImapSettings("localhost", imap_account.server.port, "none", imap_account.user, folder=target)
    with ImapSource(settings, imap_account.password) as moved:
        assert [content for _, content in read(moved.arrivals(EVERYTHING, 10))] == [mail("one")]


def test_delete_removes_only_ours(imap_account: ImapAccount) -> None:
    _, second, third = imap_account.append(mail("one"), mail("two"), mail("three"))
    imap_account.set_flag(third, "\\Deleted")
    with source_of(imap_account, after="delete") as source:
        keys = [arrival.key for arrival in source.arrivals(EVERYTHING, 10)]
        source.acknowledge(keys[:1])
    assert imap_account.uids() == [second, third]


def test_again_gives_a_mail_once_more_unless_it_is_gone(imap_account: ImapAccount) -> None:
    first, _ = imap_account.append(mail("one"), mail("two"))
    with source_of(imap_account) as source:
        one, two = source.arrivals(EVERYTHING, 10)
        imap_account.expunge(first)
        assert source.again(one.key) is None
        again = source.again(two.key)
        assert again is not None
        assert b"".join(again.chunks()) == mail("two")


def test_wait_sees_a_mail_that_comes_while_it_waits(imap_account: ImapAccount) -> None:
    with source_of(imap_account) as source:
        list(source.arrivals(EVERYTHING, 10))
        assert source.wait(0.05) is False
        sender = threading.Thread(target=imap_account.append, args=(mail("one"),))
        sender.start()
        try:
            assert source.wait(30) is True
        except ConnectionLost:  # pymap may end a connection that looks while a mail is being appended
            source.revive()
            assert source.wait(30) is True
        sender.join()
        assert [content for _, content in read(source.arrivals(EVERYTHING, 10))] == [mail("one")]


def test_wait_sees_a_mail_that_came_before_it(imap_account: ImapAccount) -> None:
    with source_of(imap_account) as source:
        list(source.arrivals(EVERYTHING, 10))
        imap_account.append(mail("one"))
        assert source.wait(30) is True


def test_close_from_another_thread_ends_wait(imap_account: ImapAccount) -> None:
    with source_of(imap_account) as source:
        list(source.arrivals(EVERYTHING, 10))
        answers: list[bool] = []
        waiter = threading.Thread(target=lambda: answers.append(source.wait(60)))
        waiter.start()
        source.close()
        waiter.join(20)
        assert answers == [False]


def test_wrong_password_is_a_login_error_without_the_password(imap_account: ImapAccount) -> None:
    wrong = ImapSource(ImapSettings("localhost", imap_account.server.port, "none", imap_account.user), "wrong-word")
    with pytest.raises(MailServerError) as raised, wrong:
        pass
    assert raised.value.step == "login"
    assert raised.value.server == f"localhost:{imap_account.server.port}"
    assert "wrong-word" not in str(raised.value)


def test_missing_folder_is_a_select_error(imap_account: ImapAccount) -> None:
    with pytest.raises(MailServerError) as raised, source_of(imap_account, folder="Nowhere"):
        pass
    assert raised.value.step == "select"


def test_starttls_on_a_real_server(imap_account: ImapAccount) -> None:
    imap_account.append(mail("one"))
    with source_of(imap_account, security="starttls", ca_file=imap_account.server.certificate) as source:
        assert [content for _, content in read(source.arrivals(EVERYTHING, 10))] == [mail("one")]
    with pytest.raises(MailServerError) as raised, source_of(imap_account, security="starttls"):
        pass
    assert raised.value.step == "tls"


def test_check_names_each_step(imap_account: ImapAccount) -> None:
    imap_account.append(mail("one"))
    checked = source_of(
        imap_account, security="starttls", ca_file=imap_account.server.certificate, after="move", move_to="Done"
    ).check()
    assert [(step.step, step.ok) for step in checked] == [
        (name, True) for name in ("connect", "tls", "login", "select", "fetch", "mark")
    ]
    failed = list(source_of(imap_account, folder="Nowhere").check())
    assert [(step.step, step.ok) for step in failed] == [
        ("connect", True),
        ("login", True),
        ("select", False),
    ]


# --- TLS ----------------------------------------------------------------------------------------


def test_implicit_tls_verifies(certificate: Certificate) -> None:
    with ScriptedImap({1: mail("one")}, certificate=certificate, implicit_tls=True) as server:
        trusting = scripted_source(server, security="tls", ca_file=certificate.certificate)
        with trusting as source:
            assert read(source.arrivals(EVERYTHING, 5)) == [("1", mail("one"))]
        with pytest.raises(MailServerError) as raised, scripted_source(server, security="tls"):
            pass
        assert raised.value.step == "tls"
        assert not [command for command in server.commands if "LOGIN" in command][1:]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_for_another_host_is_refused(security: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = make_certificate(tmp_path_factory.mktemp("other"), "mail.example.com")
    with ScriptedImap(certificate=other, implicit_tls=security == "tls") as server:
        source = scripted_source(server, security=security, ca_file=other.certificate)
        with pytest.raises(MailServerError) as raised, source:
            pass
        assert raised.value.step == "tls"
        assert not [command for command in server.commands if "LOGIN" in command]


@pytest.mark.parametrize(
    ("rules", "offered"), [((), False), ([("STARTTLS", Talk.no)], True)], ids=["not offered", "refused"]
)
def test_starttls_never_falls_back(certificate: Certificate, rules: list[Rule], offered: bool) -> None:
    with ScriptedImap(rules=rules, certificate=certificate if offered else None) as server:
        source = scripted_source(server, security="starttls", ca_file=certificate.certificate)
        with pytest.raises(MailServerError) as raised, source:
            pass
        assert raised.value.step == "tls"
        assert not [command for command in server.commands if "LOGIN" in command]


def test_missing_authorities_file_is_a_tls_error(certificate: Certificate) -> None:
    with ScriptedImap(certificate=certificate, implicit_tls=True) as server:
        source = scripted_source(server, security="tls", ca_file=certificate.certificate.parent / "none.pem")
        with pytest.raises(MailServerError) as raised, source:
            pass
        assert raised.value.step == "tls"


# --- servers that fail --------------------------------------------------------------------------


def test_nobody_listens() -> None:
    with ScriptedImap() as server:
        port = server.port
    with pytest.raises(MailServerError) as raised, ImapSource(ImapSettings("localhost", port, "none", "a"), "b"):
        pass
    assert raised.value.step == "connect"


@pytest.mark.parametrize("security", ["none", "tls"])
def test_no_greeting_ends(security: str) -> None:
    with ScriptedImap(greeting=None) as server, pytest.raises(MailServerError) as raised:
        scripted_source(server, security=security).__enter__()
    assert raised.value.step == ("connect" if security == "none" else "tls")


@pytest.mark.parametrize(
    "act", [Talk.be_silent, lambda talk: talk.trickle(b"* OK "), lambda talk: talk.hang_up(b"* BYE\r\n")],
    ids=["silent", "trickle", "bye"],
)  # fmt: skip
@pytest.mark.parametrize(("pattern", "step"), [("LOGIN", "login"), ("SELECT", "select")])
def test_opening_ends_in_bounded_time(act: object, pattern: str, step: str) -> None:
    with ScriptedImap(rules=[(pattern, act)]) as server, pytest.raises(MailServerError) as raised:  # type: ignore[list-item]
        scripted_source(server).__enter__()
    assert raised.value.step == step


def test_a_server_that_echoes_the_password_does_not_get_it_into_the_error() -> None:
    rules: list[Rule] = [("LOGIN", lambda talk: talk.no(talk.command.encode()))]
    with ScriptedImap(rules=rules) as server, pytest.raises(MailServerError) as raised:
        scripted_source(server).__enter__()
    assert "secret" not in raised.value.reason


def test_after_a_failure_the_next_call_connects_anew() -> None:
    rules: list[Rule] = []
    with ScriptedImap({1: mail("one")}, rules) as server, scripted_source(server) as source:
        rules.append(("UID SEARCH", lambda talk: talk.hang_up(b"* BYE shutting down\r\n")))
        with pytest.raises(MailServerError) as raised:
            list(source.arrivals(EVERYTHING, 5))
        assert raised.value.step == "fetch"
        rules.clear()
        assert read(source.arrivals(EVERYTHING, 5)) == [("1", mail("one"))]
        assert server.connections == 2
        assert "LOGOUT" not in server.commands


def test_folder_replaced_between_two_connections_is_not_mixed_up() -> None:
    changed = [False]

    def select(talk: Talk) -> None:
        if changed[0]:
            talk.ok(b"* 1 EXISTS\r\n* OK [UIDVALIDITY 99] ok\r\n* OK [UIDNEXT 2] ok\r\n", b"[READ-WRITE] ok")
        else:
            talk.normal()

    def fetch(talk: Talk) -> None:
        changed[0] = True
        talk.hang_up()

    rules: list[Rule] = [("SELECT", select), ("UID FETCH .*BODY", fetch)]
    with ScriptedImap({1: mail("one")}, rules) as server, scripted_source(server) as source:
        with pytest.raises(MailServerError) as raised:
            list(source.arrivals(EVERYTHING, 5))
        assert raised.value.step == "select"


# --- messages that cannot be fetched --------------------------------------------------------------


def poison(uid: int, act: object) -> Rule:
    """Let `act` answer each request for the content of that UID."""

    def answer(talk: Talk) -> None:
        if uid in talk.server.named(talk.command.split()[2]):
            act(talk)  # type: ignore[operator]
        else:
            talk.normal()

    return ("UID FETCH .*BODY", answer)


THREE = {1: mail("one"), 2: mail("two"), 3: mail("three")}
HALF = b"* 2 FETCH (UID 2 RFC822.SIZE 9 BODY[]<0> {9}\r\nhalf"
POISONS = {
    "refused": lambda talk: talk.no(),
    "left out": lambda talk: talk.ok(),
    "NIL": lambda talk: talk.ok(b"* 2 FETCH (UID 2 RFC822.SIZE 9 BODY[]<0> NIL)\r\n"),
    "a number": lambda talk: talk.ok(b"* 2 FETCH (UID 2 RFC822.SIZE 9 BODY[]<0> 12)\r\n"),
    "unbalanced": lambda talk: talk.ok(b'* 2 FETCH (UID 2 ENVELOPE ("x" (((\r\n'),
    "lying literal": lambda talk: talk.hang_up(b"* 2 FETCH (UID 2 RFC822.SIZE 9 BODY[]<0> {99999999999}\r\nabc"),
    "dies": lambda talk: talk.hang_up(HALF),
    "silent": Talk.be_silent,
    "trickle": lambda talk: talk.trickle(b"* 2 FETCH (UID 2 RFC822.SIZE 9 BODY[]<0> {%d}\r\n" % TRICKLED, b")\r\n"),
}


@pytest.mark.parametrize("act", POISONS.values(), ids=POISONS.keys())
def test_a_message_that_cannot_be_fetched_does_not_stop_the_others(act: object) -> None:
    with ScriptedImap(THREE, [poison(2, act)]) as server, scripted_source(server) as source:
        arrivals = list(source.arrivals(EVERYTHING, 10))
        assert [arrival.key for arrival in arrivals] == [f"{UIDVALIDITY}/{uid}" for uid in THREE]
        assert [bool(arrival.error) for arrival in arrivals] == [False, True, False]
        assert [b"".join(arrival.chunks()) for arrival in arrivals] == [THREE[1], b"", THREE[3]]


def test_a_message_that_was_not_read_is_never_moved_or_deleted() -> None:
    rules = [poison(2, Talk.no)]
    with ScriptedImap(THREE, rules) as server, scripted_source(server, after="delete") as source:
        source.acknowledge([arrival.key for arrival in source.arrivals(EVERYTHING, 10)])
        assert [c for c in server.commands if c.startswith("UID EXPUNGE")] == ["UID EXPUNGE 1,3"]


def test_the_last_message_is_not_blamed_for_a_server_that_fails() -> None:
    with ScriptedImap(THREE, [poison(3, Talk.hang_up)]) as server, scripted_source(server) as source:
        arrivals = list(source.arrivals(EVERYTHING, 10))
        assert [arrival.error for arrival in arrivals] == ["", ""]
        with pytest.raises(MailServerError) as raised:
            list(source.arrivals(source.position_after(arrivals[-1].key), 10))
        assert raised.value.step == "fetch"


def test_a_server_that_fails_at_every_message_is_an_error_soon() -> None:
    messages = {uid: mail(str(uid)) for uid in range(1, 30)}
    rules: list[Rule] = [("UID FETCH .*BODY", Talk.hang_up)]
    with ScriptedImap(messages, rules) as server, scripted_source(server) as source:
        with pytest.raises(MailServerError):
            list(source.arrivals(EVERYTHING, 100))
        assert server.connections < 12


def test_a_message_that_vanishes_before_it_is_fetched_is_no_mail() -> None:
    def search(talk: Talk) -> None:
        if "UID SEARCH UID 1:" in talk.command:
            talk.ok(b"* SEARCH 1 2 3\r\n")
        else:
            talk.normal()

    left = {uid: THREE[uid] for uid in (1, 3)}
    with ScriptedImap(left, [("UID SEARCH", search)]) as server, scripted_source(server) as source:
        assert read(source.arrivals(EVERYTHING, 10)) == [("1", THREE[1]), ("3", THREE[3])]


def test_a_message_that_does_not_end_is_given_up() -> None:
    piece = b"x" * CHUNK_BYTES

    def fetch(talk: Talk) -> None:
        if "BODY" not in talk.command:
            talk.normal()
            return
        start = talk.command.partition("<")[2].partition(".")[0].encode()
        size = b"RFC822.SIZE 10 " if start == b"0" else b""
        talk.ok(b"* 1 FETCH (UID 1 %bBODY[]<%b> {%d}\r\n%b)\r\n" % (size, start, CHUNK_BYTES, piece))

    with ScriptedImap({1: mail("one")}, [("UID FETCH", fetch)]) as server:
        source = scripted_source(server, timeout_s=10.0)
        with source:
            (arrival,) = source.arrivals(EVERYTHING, 10)
            assert arrival.error
            assert list(arrival.chunks()) == []


def test_a_wrong_size_does_not_shorten_a_mail() -> None:
    raw = mail("long", b"x" * (2 * CHUNK_BYTES))

    def fetch(talk: Talk) -> None:
        if "BODY" in talk.command:
            talk.normal()
        else:
            talk.ok(b"* 1 FETCH (UID 1 RFC822.SIZE 10)\r\n* 2 FETCH (UID 2 RFC822.SIZE 10)\r\n")

    messages = {1: raw, 2: mail("two")}
    rules: list[Rule] = [("UID FETCH", fetch)]
    with ScriptedImap(messages, rules) as server, scripted_source(server, timeout_s=10.0) as source:
        assert read(source.arrivals(EVERYTHING, 10)) == [("1", raw), ("2", mail("two"))]


# --- large and odd mailboxes ----------------------------------------------------------------------


@pytest.mark.parametrize("next_uid", [None, 4_000_000_000], ids=["dense", "sparse"])
def test_a_large_mailbox_is_searched_in_pieces(monkeypatch: pytest.MonkeyPatch, next_uid: int | None) -> None:
    monkeypatch.setattr(imap_fetch, "WINDOW", 10)
    messages = {uid: mail(str(uid)) for uid in range(3, 103, 3)}
    if next_uid:
        messages[next_uid - 1] = mail("far")
    uids = [str(uid) for uid in sorted(messages)]
    with ScriptedImap(messages, next_uid=next_uid) as server, scripted_source(server) as source:
        found: list[str] = []
        position = EVERYTHING
        while arrivals := list(source.arrivals(position, 7)):
            found += [arrival.key.partition("/")[2] for arrival in arrivals]
            position = source.position_after(arrivals[-1].key)
        assert found == uids
        assert len(server.commands) < 60


def test_more_uids_than_one_search_reply_can_hold() -> None:
    messages = dict.fromkeys(range(7, 7 * 100_001, 7), b"Subject: x\r\n\r\n")
    with ScriptedImap(messages) as server, scripted_source(server, timeout_s=20.0) as source:
        server.commands.clear()
        (arrival,) = source.arrivals(EVERYTHING, 1)
        assert arrival.key == f"{UIDVALIDITY}/7"
        assert [uid for uid, _ in read(source.arrivals(source.position_after(f"{UIDVALIDITY}/699993"), 9))] == [
            "700000"
        ]
        assert source.position_since(date(2024, 1, 1)) == source.position_after(f"{UIDVALIDITY}/6")
        assert len([command for command in server.commands if "SEARCH" in command]) == 3


def test_a_date_that_is_none_is_no_date() -> None:
    odd = b'* 1 FETCH (UID 1 RFC822.SIZE 1 INTERNALDATE "x" BODY[]<0> "a")\r\n'
    rules: list[Rule] = [("UID FETCH .*BODY", lambda talk: talk.ok(odd))]
    with ScriptedImap({1: b"a"}, rules) as server, scripted_source(server) as source:
        (arrival,) = source.arrivals(EVERYTHING, 5)
        assert (arrival.received_at, arrival.error) == (None, "")


def test_a_server_that_does_not_tell_the_next_uid() -> None:
    answer = b"* 3 EXISTS\r\n* OK [UIDVALIDITY %d] ok\r\n" % UIDVALIDITY
    rules: list[Rule] = [("SELECT", lambda talk: talk.ok(answer, b"[READ-WRITE] ok"))]
    with ScriptedImap(THREE, rules) as server, scripted_source(server) as source:
        assert source.mark() == source.position_after(f"{UIDVALIDITY}/3")
        assert list(source.arrivals(source.mark(), 5)) == []  # "4:*" still finds message 3
        assert len(list(source.arrivals(EVERYTHING, 5))) == 3


def test_no_uidvalidity_is_a_select_error() -> None:
    rules: list[Rule] = [("SELECT", lambda talk: talk.ok(b"* 0 EXISTS\r\n", b"[READ-WRITE] ok"))]
    with ScriptedImap(rules=rules) as server, pytest.raises(MailServerError) as raised:
        scripted_source(server).__enter__()
    assert raised.value.step == "select"


def test_unsolicited_flags_are_not_taken_for_a_mail() -> None:
    def fetch(talk: Talk) -> None:
        talk.send(b"* 3 FETCH (UID 3 FLAGS (\\Seen))\r\n* 9 FETCH (UID 99 FLAGS ())\r\n")
        talk.normal()

    with ScriptedImap(THREE, [("UID FETCH .*BODY", fetch)]) as server, scripted_source(server) as source:
        assert read(source.arrivals(EVERYTHING, 10)) == [(str(uid), raw) for uid, raw in THREE.items()]


def test_expunge_without_uidplus_spares_what_others_deleted() -> None:
    def search(talk: Talk) -> None:
        talk.ok(b"* SEARCH 1 3\r\n")

    rules: list[Rule] = [("UID SEARCH DELETED", search)]
    old = ScriptedImap(THREE, rules, capabilities="IMAP4rev1")
    with old as server, scripted_source(server, after="delete") as source:
        source.acknowledge([f"{UIDVALIDITY}/1"])
        assert "EXPUNGE" not in server.commands
        source.acknowledge([f"{UIDVALIDITY}/1", f"{UIDVALIDITY}/3"])
        assert "EXPUNGE" in server.commands


# --- waiting --------------------------------------------------------------------------------------


def test_idle_on_a_socket_that_the_server_closed_is_an_error_not_a_loop() -> None:
    def idle(talk: Talk) -> None:
        talk.hang_up(b"+ idling\r\n")

    with ScriptedImap(rules=[("IDLE", idle)]) as server, scripted_source(server) as source:
        list(source.arrivals(EVERYTHING, 5))
        with pytest.raises(MailServerError):
            source.wait(30)
        assert server.commands.count("IDLE") == 1


def test_idle_that_is_refused_ends_in_polling() -> None:
    with ScriptedImap(rules=[("IDLE", Talk.no)]) as server, scripted_source(server) as source:
        for _ in range(6):
            list(source.arrivals(EVERYTHING, 5))
            source.wait(0.01)
        assert server.commands.count("IDLE") == 3


def test_without_idle_the_folder_is_polled() -> None:
    with ScriptedImap(capabilities="IMAP4rev1") as server, scripted_source(server) as source:
        list(source.arrivals(EVERYTHING, 5))
        assert source.wait(0.05) is False
        assert "IDLE" not in server.commands
        server.messages = THREE
        assert source.wait(0.05) is True


def test_a_mail_that_arrives_just_before_idle_begins_is_noticed() -> None:
    rules: list[Rule] = [("IDLE", lambda talk: talk.send(b"* 1 EXISTS\r\n+ idling\r\n"))]
    with ScriptedImap(rules=rules) as server, scripted_source(server) as source:
        list(source.arrivals(EVERYTHING, 5))
        assert source.wait(30) is True


def test_moving_needs_a_folder() -> None:
    with pytest.raises(Invalid):
        ImapSettings("localhost", 143, "none", "me", after="move")
