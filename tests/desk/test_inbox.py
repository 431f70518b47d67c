"""The spool: mail is stored once as it came, taken by one worker at a time, and set aside in the end."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from desk.desk_fixture import MONDAY, DeskOnTrial
from tuidesk.core.domain.numbers import NumberStyle
from tuidesk.core.errors import NotFound
from tuidesk.core.store import tx
from tuidesk.core.store.inbox import (
    MAX_ATTEMPTS,
    ClaimedMail,
    Spooled,
    acknowledge,
    claim_mails,
    fail_mails,
    finish_mail,
    mark_duplicate,
    raw_chunks,
    release_mails,
    spool_depth,
    spool_mail,
    still_mine,
    twin_of,
    unacknowledged,
)

LEASE = timedelta(minutes=5)
RAW = b"Subject: hi\r\n\r\n" + bytes(range(256)) * 20_000


def _spool(desk: DeskOnTrial, key: str, raw: bytes = RAW, *, source: int = 1, message_id: str = "<1@x>") -> int | None:
    mail = Spooled(key, MONDAY, len(raw), hashlib.sha256(raw).digest(), message_id, old=False)
    pieces = [raw[at : at + 1_500_000] for at in range(0, len(raw), 1_500_000)]
    return tx.write(desk.engines, lambda c: spool_mail(c, source, mail, pieces, desk.clock.now()))


def _claim(desk: DeskOnTrial, holder: str = "one", limit: int = 50) -> list[ClaimedMail]:
    return tx.write(
        desk.engines,
        lambda c: claim_mails(c, holder, desk.clock.now(), LEASE, limit, NumberStyle(), "UTC"),
    )


def test_raw_bytes_come_back_as_they_came(own_desk: DeskOnTrial) -> None:
    number = _spool(own_desk, "7/1")
    assert number is not None
    with tx.read(own_desk.engines) as connection:
        assert b"".join(raw_chunks(connection, number)) == RAW
        assert spool_depth(connection) == 1
    ((stored,),) = own_desk.rows("select sum(length(bytes)) from mail_raw")
    assert stored < len(RAW) / 2
    assert own_desk.rows("select count(*) from mail_raw") == [(7,)]


def test_the_same_key_of_a_source_is_stored_once(own_desk: DeskOnTrial) -> None:
    assert _spool(own_desk, "7/1") is not None
    assert _spool(own_desk, "7/1", b"other") is None
    assert _spool(own_desk, "7/1", source=2) is not None
    assert _spool(own_desk, "7/2") is not None
    with tx.read(own_desk.engines) as connection:
        assert spool_depth(connection) == 3


def test_a_mail_that_could_not_be_fetched_has_a_row_all_the_same(own_desk: DeskOnTrial) -> None:
    mail = Spooled("7/9", None, 0, None, "", old=False, error="gone")
    tx.write(own_desk.engines, lambda c: spool_mail(c, 1, mail, (), MONDAY))
    (claimed,) = _claim(own_desk)
    assert (claimed.sha256, claimed.reason, claimed.received_at) == (None, "gone", None)


def test_sources_are_told_once_of_what_is_safe(own_desk: DeskOnTrial) -> None:
    for key in ("1", "2", "3"):
        _spool(own_desk, key)
    tx.write(own_desk.engines, lambda c: acknowledge(c, 1, ["1", "3"], MONDAY))
    with tx.read(own_desk.engines) as connection:
        assert unacknowledged(connection, 1, 10) == ["2"]
        assert unacknowledged(connection, 2, 10) == []


def test_a_claim_is_of_one_worker_and_keeps_its_ticket_number(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    for key in ("1", "2", "3"):
        _spool(desk, key)
    first = _claim(desk, limit=2)
    assert [mail.source_key for mail in first] == ["1", "2"]
    assert len({mail.ticket_number for mail in first}) == 2
    assert [mail.source_key for mail in _claim(desk, "two")] == ["3"]
    desk.clock.advance(minutes=6)
    again = _claim(desk, "two")
    assert [mail.ticket_number for mail in again] == [first[0].ticket_number], "tried before: alone"
    assert [mail.attempts for mail in again] == [2]
    write = desk.engines
    assert not tx.write(write, lambda c: still_mine(c, first[0].id, "one"))
    assert tx.write(write, lambda c: still_mine(c, first[0].id, "two"))


def test_a_mail_given_back_untried_does_not_count(own_desk: DeskOnTrial) -> None:
    _spool(own_desk, "1")
    (mail,) = _claim(own_desk)
    tx.write(own_desk.engines, lambda c: release_mails(c, [mail.id], "somebody else"))
    assert _claim(own_desk) == []
    tx.write(own_desk.engines, lambda c: release_mails(c, [mail.id], "one"))
    (again,) = _claim(own_desk)
    assert again.attempts == 1


def test_a_mail_that_kills_its_readers_is_set_aside_and_can_be_tried_again(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    _spool(desk, "poison")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        (mail,) = _claim(desk)
        assert mail.attempts == attempt
        desk.clock.advance(minutes=6)
    assert _claim(desk) == []
    (failed,) = desk.desk.failed_mails()
    assert (failed.source_key, failed.attempts) == ("poison", MAX_ATTEMPTS)
    assert failed.reason
    desk.desk.retry_failed(failed.id)
    (mail,) = _claim(desk)
    assert (mail.attempts, mail.reason) == (1, "")
    with pytest.raises(NotFound):
        desk.desk.retry_failed(failed.id)


def test_what_is_done_failed_or_a_duplicate_is_not_claimed_again(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    for key in ("done", "failed", "twin"):
        _spool(desk, key)
    one, two, three = _claim(desk)
    tx.write(desk.engines, lambda c: finish_mail(c, one.id, 1, "<1@x>"))
    tx.write(desk.engines, lambda c: fail_mails(c, [two.id], "no", MONDAY))
    tx.write(desk.engines, lambda c: mark_duplicate(c, three.id, one.id))
    desk.clock.advance(hours=1)
    assert _claim(desk) == []
    states = desk.rows("select state, duplicate_of from mail_in order by id")
    assert states == [("done", None), ("failed", None), ("duplicate", one.id)]


def test_a_twin_has_the_same_source_words_and_id(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    _spool(desk, "first")
    _spool(desk, "same")
    _spool(desk, "other bytes", RAW + b"x")
    _spool(desk, "other id", message_id="<2@x>")
    _spool(desk, "no id", message_id="")
    _spool(desk, "no id again", message_id="")
    _spool(desk, "other source", source=2)
    claimed = {mail.source_key: mail for mail in _claim(desk)}

    def twin(key: str) -> int | None:
        with tx.read(desk.engines) as connection:
            return twin_of(connection, claimed[key])

    assert twin("same") == claimed["first"].id
    for key in set(claimed) - {"same"}:
        assert twin(key) is None, key
    tx.write(desk.engines, lambda c: fail_mails(c, [claimed["first"].id], "no", MONDAY))
    assert twin("same") is None
