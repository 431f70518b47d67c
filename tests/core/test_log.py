"""The log: one safe line an event, no secret in it, and no trace of it on the screen."""

from __future__ import annotations

import logging
import re
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.domain.safe_text import UNSAFE
from tuidesk.core.errors import ConfigError
from tuidesk.core.log import close_log, configure_log, incident_id, redacted
from tuidesk.core.secrets import Secret

LOG = logging.getLogger("tuidesk.tests")
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d+ [A-Z]+ [\w.]+: .*")


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "log" / "tuidesk.log"
    configure_log(path, "INFO")
    yield path
    close_log()


def own_handler() -> logging.Handler:
    (handler,) = (handler for handler in logging.getLogger().handlers if handler.get_name() == "tuidesk")
    return handler


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def test_one_line_an_event_with_utc_time(log_file: Path) -> None:
    LOG.info("mail %s taken", 5)
    LOG.debug("not kept")
    (line,) = lines(log_file)
    assert LINE.fullmatch(line)
    assert line.endswith(" INFO tuidesk.tests: mail 5 taken")
    assert stat.S_IMODE(log_file.stat().st_mode) == 0o600


def test_time_is_utc_wherever_the_machine_stands(log_file: Path) -> None:
    record = logging.LogRecord("tuidesk.x", logging.INFO, "", 0, "x", None, None)
    record.created = 1_700_000_000.25
    own_handler().handle(record)
    assert lines(log_file)[0].startswith("2023-11-14T22:13:20.250Z ")


def test_a_subject_from_outside_makes_no_second_line(log_file: Path) -> None:
    LOG.warning("subject %s", "a\r\n2024-01-01T00:00:00.000Z 1 INFO x: forged\x1b[2J\x9b31m\u202eb\0\u2028c")
    (line,) = log_file.read_bytes().decode("utf-8").rstrip("\n").split("\n")
    assert not UNSAFE.search(line)
    assert "⏎" in line


def test_a_traceback_is_one_line_without_the_secret(log_file: Path) -> None:
    secret = Secret("tr4ceb4ck")
    try:
        raise ValueError(f"login with {secret.reveal()} failed\nfor ever")
    except ValueError:
        LOG.exception("poll failed")
    (line,) = lines(log_file)
    assert "Traceback" in line
    assert "ValueError: login with *** failed" in line
    assert "tr4ceb4ck" not in line


def test_libraries_are_heard_from_warning_on(tmp_path: Path) -> None:
    configure_log(tmp_path / "a", "DEBUG")
    try:
        logging.getLogger("imapclient").info("session")
        logging.getLogger("imapclient").warning("broken")
        LOG.debug("kept")
        assert [line.split(": ")[1] for line in lines(tmp_path / "a")] == ["broken", "kept"]
    finally:
        close_log()


def test_a_secret_in_the_arguments_is_masked(log_file: Path) -> None:
    Secret("argum3nt")
    LOG.info("got %r and %s", ["argum3nt"], {"x": "argum3nt"})
    assert lines(log_file)[0].endswith("got ['***'] and {'x': '***'}")


def test_nothing_reaches_the_screen(log_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    LOG.error("to the file")
    logging.getLogger("other").error("to the file too")
    bad = logging.LogRecord("tuidesk.x", logging.ERROR, "", 0, "two %s %s", ("arguments?",), None)
    own_handler().handle(bad)  # not through the logger: pytest's own handler would raise
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert capfd.readouterr() == ("", "")
    text = log_file.read_text("utf-8")
    assert "does not fit its arguments" in text
    assert "DeprecationWarning: old" in text


def test_a_full_disk_stops_no_work_and_is_told_later(
    log_file: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = own_handler()

    def full(_record: logging.LogRecord) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(handler, "format", full)
        LOG.info("one")
        LOG.info("two")
    LOG.info("three")
    assert capfd.readouterr().err == ""
    assert len(lines(log_file)) == 1
    assert lines(log_file)[0].startswith("(2 lines lost before this one) ")


def test_a_rotated_file_is_followed(log_file: Path) -> None:
    LOG.info("one")
    log_file.rename(log_file.with_name("old"))
    LOG.info("two")
    assert "one" in log_file.with_name("old").read_text()
    assert [line.rpartition(" ")[2] for line in lines(log_file)] == ["two"]
    log_file.unlink()
    LOG.info("three")
    assert [line.rpartition(" ")[2] for line in lines(log_file)] == ["three"]


def test_two_processes_may_append(log_file: Path) -> None:
    LOG.info("one")
    with log_file.open("a") as other:
        other.write("other\n")
    LOG.info("two")
    assert [line.rpartition(" ")[2] for line in lines(log_file)] == ["one", "other", "two"]


def test_a_second_call_replaces_the_first(log_file: Path, tmp_path: Path) -> None:
    configure_log(tmp_path / "b", "ERROR")
    LOG.info("not kept")
    LOG.error("kept")
    assert (lines(log_file), len(lines(tmp_path / "b"))) == ([], 1)


def test_without_a_file_it_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(None, "INFO")
    try:
        LOG.info("said")
    finally:
        close_log()
    assert LINE.fullmatch(capsys.readouterr().err.rstrip("\n"))


def test_closing_undoes_all() -> None:
    before = (logging.getLogger().handlers[:], logging.getLogger("tuidesk").level, warnings.showwarning)
    configure_log(None, "DEBUG")
    close_log()
    close_log()
    assert (logging.getLogger().handlers, logging.getLogger("tuidesk").level, warnings.showwarning) == before


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "x"):
        with pytest.raises(ConfigError) as caught:
            configure_log(path, "INFO")
        assert caught.value.key == "log.file"
    assert all(handler.get_name() != "tuidesk" for handler in logging.getLogger().handlers)


@pytest.mark.parametrize(
    "line",
    [
        "> b'AUTH PLAIN AGFubmEAS3Y='",
        "send: 'auth LOGIN S3Y= S3Y='",
        "a1 AUTHENTICATE XOAUTH2 S3Y=",
        "AUTH CRAM-MD5 S3Y=",
        'a2 LOGIN "anna b" "S3Y= x"',
        "a2 LOGIN anna S3Y=",
        "PASS S3Y= S3Y=",
        "Authorization: Basic S3Y=",
        "{'Authorization': 'Bearer S3Y='}",
        "password=S3Y= next",
        "{'password': 'it\\'s S3Y=', 'x': 1}",
        'api_key: "S3Y="',
        "smtp_password = S3Y=",
        "client_secret=S3Y=&x=1",
        "postgresql://desk:S3Y=@db/desk",
        "https://x.example/?token=S3Y=",
        "first line\nAUTH PLAIN S3Y=\nlast line",
    ],
)
def test_logins_are_masked(line: str) -> None:
    assert "***" in redacted(line)
    assert "S3Y" not in redacted(line)


@pytest.mark.parametrize(
    "line",
    [
        "login of anna failed",
        "AUTH LOGIN",
        "authorised by anna",
        "secret:support is not set",
        "password of anna was changed",
        "the author wrote to anna@example.com",
        "passed 5 mails",
    ],
)
def test_plain_words_stay(line: str) -> None:
    assert redacted(line) == line


def test_a_secret_with_line_breaks_or_hidden_characters() -> None:
    Secret("first-part\nsecond-part")
    assert "second" not in redacted("key first-part\nsecond-part end")
    Secret("hidd3nhidd3n")
    assert "hidd3n" not in redacted("hidd3n\u200bhidd3n")


@given(st.text())
def test_any_text_becomes_one_safe_line(text: str) -> None:
    safe = redacted(text)
    assert "\n" not in safe
    assert not UNSAFE.search(safe)


def test_incidents_have_names_of_their_own() -> None:
    names = {incident_id() for _n in range(1000)}
    assert len(names) == 1000
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", name) for name in names)
