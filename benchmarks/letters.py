"""Mails for the ingest benchmark: those of a folder, or simple ones made here."""

from __future__ import annotations

import random
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from benchmarks import crowd

SUPPORT = "support@helpdesk.example.org"


def letters(folder: Path | None, count: int) -> list[bytes]:
    """Return at most `count` mails: the *.eml of a folder by name, or made ones, three of ten of them answers."""
    if folder is not None:
        files = sorted(folder.rglob("*.eml"))
        if not files:
            raise SystemExit(f"no *.eml in {folder}")
        # evenly over the folder, so that new mails and answers stand in their usual ratio
        count = min(count, len(files))
        return [files[n * len(files) // count].read_bytes() for n in range(count)]
    dice = random.Random(3)
    words = crowd.vocabulary()[:3000]
    return [_letter(n, dice, words).as_bytes(SMTP) for n in range(count)]


def _letter(n: int, dice: random.Random, words: list[str]) -> EmailMessage:
    sender = dice.randrange(300)
    mail = EmailMessage()
    answered = dice.randrange(n) if n > 20 and dice.random() < 0.3 else None
    mail["From"] = f"Jürgen Weiß {sender} <customer{sender:03d}@client{sender % 60:02d}.example.com>"
    mail["To"] = SUPPORT
    mail["Subject"] = f"Re: request {answered}" if answered is not None else f"Größe falsch, request {n}"
    mail["Date"] = format_datetime(crowd.NOW)
    mail["Message-ID"] = f"<{n}@client.example.com>"
    if answered is not None:
        mail["In-Reply-To"] = mail["References"] = f"<{answered}@client.example.com>"
    paragraphs = [" ".join(dice.choices(words, k=dice.randint(15, 90))) for _ in range(dice.randint(1, 5))]
    mail.set_content("Hallo,\n\n" + "\n\n".join(paragraphs) + "\n\nGrüße\n")
    if dice.random() < 0.5:
        mail.add_alternative("".join(f"<p>{one}</p>\n" for one in paragraphs), subtype="html")
    if dice.random() < 0.2:
        data = dice.randbytes(dice.randint(50_000, 200_000))
        mail.add_attachment(data, maintype="application", subtype="pdf", filename="scan.pdf")
    return mail
