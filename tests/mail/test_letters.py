"""The project's own small letters, one for each trick that mails play, and the commands that read whole folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mail_corpus
import mail_fuzz
from tuidesk.core.mail.html import html_to_text

LETTERS = Path(__file__).parent / "letters"


def test_every_expectation_of_every_letter_holds() -> None:
    outcome = mail_corpus.run(LETTERS, html_to_text)
    assert outcome.failures == ()
    assert outcome.mails >= 70
    assert outcome.expectations >= 120


def test_every_letter_has_its_expectations() -> None:
    expected = {row["file"] for row in mail_corpus.rows(LETTERS / "expected.jsonl")}
    assert expected == {path.name for path in mail_corpus.mails(LETTERS)}


@pytest.mark.parametrize(
    "claim",
    [
        {"subject": "another"},
        {"from": "bo@customer.test"},
        {"from": None, "asserted": ["from"]},
        {"body_contains": ["Plain", "not there"]},
        {"attachments": [{"filename": "a.pdf"}]},
        {"n_attachments": 1},
        {"body_empty": True},
        {"is_auto_reply": True},
        {"encrypted": True},
        {"what_nobody_knows": 1},
    ],
    ids=lambda claim: next(iter(claim)),
)
def test_a_claim_that_does_not_hold_fails(claim: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes((LETTERS / "alternative.eml").read_bytes())
    (tmp_path / "expected.jsonl").write_text(json.dumps({"file": "one.eml", **claim}))
    outcome = mail_corpus.run(tmp_path, html_to_text)
    assert (outcome.mails, outcome.expectations, len(outcome.failures)) == (1, 1, 1)


def test_a_quirk_claims_nothing_and_a_missing_mail_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(b"Subject: x\n\nx")
    rows = [{"file": "one.eml", "subject": "y", "quirk": "odd"}, {"file": "two.eml", "subject": "y"}]
    (tmp_path / "expected.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert mail_corpus.run(tmp_path, html_to_text).summary == "1 mails, 0 expectations, 1 failed"


def test_header_lines_and_marks_of_automatic_mail_are_tried(tmp_path: Path) -> None:
    lines = [
        {"header": "subject", "raw": "=?utf-8?q?=C3=A4?=", "expected": "ä"},
        {"header": "content-disposition", "raw": "attachment; filename*=utf-8''%C3%A4", "expected": "filename: ä"},
        {"header": "cc", "raw": "=?utf-8?q?a=2C?= <b@x.test>", "expected": "addresses: b@x.test"},
        {"header": "subject", "raw": "a", "expected": "b"},
    ]
    (tmp_path / "headers.jsonl").write_text("\n".join(map(json.dumps, lines)))
    marks = [{"header": "X-Loop: yes", "auto": True}, {"header": "From: MAILER-DAEMON@x.test", "auto": False}]
    (tmp_path / "auto_reply_headers.jsonl").write_text("\n".join(map(json.dumps, marks)))
    assert mail_corpus.run(tmp_path, html_to_text).summary == "0 mails, 6 expectations, 2 failed"


def test_the_command_ends_with_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert mail_corpus.main([str(LETTERS)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("expectations, 0 failed")


def test_damaged_letters_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    # many more are tried by `python -m tests.mail_fuzz`
    assert mail_fuzz.main(["--seed", "7", "--count", "400"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "400 mails, 0 failed"
