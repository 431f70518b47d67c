"""A Maildir as a source and as a place to deliver to."""

from __future__ import annotations

import os
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tuidesk.core.errors import Invalid, MailServerError
from tuidesk.core.mail.maildir import MaildirSource, MaildirTransport, deliver
from tuidesk.core.mail.source import CHUNK_BYTES, EVERYTHING, MailSource
from tuidesk.core.mail.transport import Transport

ONE, TWO = b"Subject: one\r\n\r\nhello\r\n", b"Subject: two\r\n\r\nhello\r\n"


def names(path: Path, part: str) -> list[str]:
    return sorted(file.name for file in (path / part).iterdir())


def contents(source: MailSource, position: str = EVERYTHING, limit: int = 10) -> list[bytes]:
    return [b"".join(arrival.chunks()) for arrival in source.arrivals(position, limit)]


def written_at(file: Path, seconds: int) -> None:
    os.utime(file, (seconds, seconds))


def test_delivered_mail_is_whole_and_new(tmp_path: Path) -> None:
    box = tmp_path / "deep" / "box"
    file = deliver(box, ONE)
    assert file.read_bytes() == ONE
    assert (names(box, "tmp"), names(box, "new"), names(box, "cur")) == ([], [file.name], [])


def test_many_deliveries_at_once_have_their_own_names(tmp_path: Path) -> None:
    threads = [threading.Thread(target=lambda: [deliver(tmp_path, ONE) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(tmp_path, "new")) == 80


def test_a_delivery_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tuidesk.core.mail.maildir.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        deliver(tmp_path, ONE)
    assert names(tmp_path, "tmp") + names(tmp_path, "new") == []
    results = MaildirTransport(tmp_path).send("", ["a@b.example"], ONE, before_data=lambda: None)
    assert [(result.outcome, result.code) for result in results] == [("retry", 0)]


def test_transport_delivers_once_for_all_recipients(tmp_path: Path) -> None:
    announced: list[int] = []
    transport: Transport = MaildirTransport(tmp_path)
    results = transport.send(
        "desk@example.com", ["a@b.example", "c@d.example"], ONE, before_data=lambda: announced.append(1)
    )
    assert [(result.address, result.outcome) for result in results] == [
        ("a@b.example", "sent"),
        ("c@d.example", "sent"),
    ]
    assert announced == [1]
    assert len(names(tmp_path, "new")) == 1


def test_mails_come_in_the_order_they_were_written(tmp_path: Path) -> None:
    written_at(deliver(tmp_path, TWO), 2_000)
    written_at(deliver(tmp_path, ONE), 1_000)
    with MaildirSource(tmp_path) as source:
        assert contents(source) == [ONE, TWO]
        assert contents(source, limit=1) == [ONE]
        (first, _) = source.arrivals(EVERYTHING, 10)
        assert first.received_at == datetime.fromtimestamp(1_000, UTC)
        assert first.size_bytes == len(ONE)


def test_a_long_mail_comes_in_chunks(tmp_path: Path) -> None:
    raw = b"x" * (2 * CHUNK_BYTES + 1)
    deliver(tmp_path, raw)
    with MaildirSource(tmp_path) as source:
        (arrival,) = source.arrivals(EVERYTHING, 10)
        assert [len(chunk) for chunk in arrival.chunks()] == [CHUNK_BYTES, CHUNK_BYTES, 1]
        assert b"".join(arrival.chunks()) == raw


def test_a_mail_is_offered_until_it_is_acknowledged(tmp_path: Path) -> None:
    file = deliver(tmp_path, ONE)
    with MaildirSource(tmp_path) as source:
        (arrival,) = source.arrivals(EVERYTHING, 10)
        assert len(list(source.arrivals(source.position_after(arrival.key), 10))) == 1
        source.acknowledge([arrival.key])
        source.acknowledge([arrival.key])
        assert list(source.arrivals(EVERYTHING, 10)) == []
        assert source.again(arrival.key) is None
    assert (names(tmp_path, "new"), names(tmp_path, "cur")) == ([], [f"{file.name}:2,S"])


def test_delete_and_move(tmp_path: Path) -> None:
    deliver(tmp_path / "a", ONE)
    moved = deliver(tmp_path / "b", TWO)
    with MaildirSource(tmp_path / "a", "delete") as source:
        source.acknowledge([arrival.key for arrival in source.arrivals(EVERYTHING, 10)])
    with MaildirSource(tmp_path / "b", "move", str(tmp_path / "c")) as source:
        source.acknowledge([arrival.key for arrival in source.arrivals(EVERYTHING, 10)])
    assert names(tmp_path / "a", "new") + names(tmp_path / "a", "cur") == []
    assert names(tmp_path / "b", "new") == []
    assert names(tmp_path / "c", "cur") == [f"{moved.name}:2,S"]
    with pytest.raises(Invalid):
        MaildirSource(tmp_path, "move")


def test_a_mark_hides_what_is_there_and_nothing_that_comes_later(tmp_path: Path) -> None:
    deliver(tmp_path, ONE)
    with MaildirSource(tmp_path) as source:
        position = source.mark()
        assert contents(source, position) == []
        late = deliver(tmp_path, TWO)
        written_at(late, 1_000)  # its delivery began long ago, and ended only now
        (arrival,) = source.arrivals(position, 10)
        assert b"".join(arrival.chunks()) == TWO
        source.acknowledge([arrival.key])
        assert contents(source, source.position_after(arrival.key)) == []
    assert len(names(tmp_path, "new")) == 1


def test_mails_of_the_same_tick_are_told_apart_by_name(tmp_path: Path) -> None:
    deliver(tmp_path, ONE)
    with MaildirSource(tmp_path) as source:
        for n in range(200):  # the clock of a file system ticks every few milliseconds
            position = source.mark()
            raw = b"Subject: %d\r\n\r\n" % n
            deliver(tmp_path, raw)
            assert contents(source, position) == [raw]


def test_since_a_day(tmp_path: Path) -> None:
    deliver(tmp_path, ONE)
    with MaildirSource(tmp_path) as source:
        assert contents(source, source.position_since(date(2020, 1, 1))) == [ONE]
        assert contents(source, source.position_since(date(2200, 1, 1))) == []


def test_what_is_no_mail_is_passed_over(tmp_path: Path) -> None:
    deliver(tmp_path, ONE)
    (tmp_path / "new" / "folder").mkdir()
    (tmp_path / "new" / ".hidden").write_bytes(b"x")
    (tmp_path / "secret").write_bytes(b"not a mail")
    (tmp_path / "new" / "link").symlink_to(tmp_path / "secret")
    with MaildirSource(tmp_path) as source:
        assert contents(source) == [ONE]


def test_a_name_that_is_not_ascii_has_a_key_that_is(tmp_path: Path) -> None:
    deliver(tmp_path, ONE).rename(os.fsdecode(os.fsencode(tmp_path) + b"/new/\xff%41 \xc3\xbc"))
    with MaildirSource(tmp_path) as source:
        (arrival,) = source.arrivals(EVERYTHING, 10)
        assert arrival.key == "%FF%2541%20%C3%BC"
        source.acknowledge([arrival.key])
    assert names(tmp_path, "new") == []


@pytest.mark.parametrize("key", ["../secret", "..%2Fsecret", "%2E%2E/x", "..", ".hidden"])
def test_a_key_cannot_name_another_file(tmp_path: Path, key: str) -> None:
    deliver(tmp_path / "box", ONE)
    (tmp_path / "box" / "secret").write_bytes(b"x")
    with MaildirSource(tmp_path / "box", "delete") as source:
        with pytest.raises(MailServerError) as raised:
            source.acknowledge([key])
        assert raised.value.step == "mark"
    assert (tmp_path / "box" / "secret").exists()


def test_an_unreadable_mail_is_an_arrival_with_an_error_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written_at(deliver(tmp_path, ONE), 1_000)
    written_at(bad := deliver(tmp_path, TWO), 2_000)
    written_at(deliver(tmp_path, ONE), 3_000)
    real = Path.open

    def broken(self: Path, *args: object, **kwargs: object) -> object:
        if self.name == bad.name:
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", broken)
    with MaildirSource(tmp_path, "delete") as source:
        arrivals = list(source.arrivals(EVERYTHING, 10))
        assert [bool(arrival.error) for arrival in arrivals] == [False, True, False]
        assert list(arrivals[1].chunks()) == []
        source.acknowledge([arrival.key for arrival in arrivals])
        assert contents(source) == []
    assert names(tmp_path, "new") == [bad.name]


def test_a_missing_maildir_is_a_select_error(tmp_path: Path) -> None:
    with pytest.raises(MailServerError) as raised, MaildirSource(tmp_path / "none"):
        pass
    assert raised.value.step == "select"


def test_wait_and_close(tmp_path: Path) -> None:
    deliver(tmp_path, ONE)
    with MaildirSource(tmp_path) as source:
        assert source.wait(10) is True
        list(source.arrivals(EVERYTHING, 10))
        assert source.wait(0.01) is False
        deliver(tmp_path, TWO)
        assert source.wait(10) is True
        list(source.arrivals(EVERYTHING, 10))
        answers: list[bool] = []
        waiter = threading.Thread(target=lambda: answers.append(source.wait(60)))
        waiter.start()
        source.close()
        waiter.join(10)
        assert answers == [False]
