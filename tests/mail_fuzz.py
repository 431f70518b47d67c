"""Reads damaged mails: `python -m tests.mail_fuzz --seed N --count 100000`.

Each mail is one of the project's own small letters (or of a folder, `--from DIR`), damaged at random: bytes changed,
pieces cut, doubled, moved in from another mail, lines repeated, headers and boundaries broken. For each one:

- nothing is raised, and the reader's last net (`reader:` in the problems) is not needed;
- it takes less than a second of processor time;
- it takes less than ten times its size in memory, 512 kB at least: what any mail takes (traced for every
  `--trace-every`-th mail, since tracing is slow, with html read by the limited child as the daemon has it);
- every text is storable and made safe for a terminal, quotes fold, invitations and cards can be read.

A failure is written to `--keep DIR`. The last line is `N mails, N failed`; the exit code is 1 when one failed.
"""

from __future__ import annotations

import argparse
import codecs
import random
import sys
import time
import tracemalloc
from collections.abc import Sequence
from contextlib import suppress
from encodings.aliases import aliases
from pathlib import Path

from tuidesk.core.domain.safe_text import safe_text
from tuidesk.core.domain.text import storable
from tuidesk.core.mail.cards import CARDS, read_card
from tuidesk.core.mail.html import html_to_text
from tuidesk.core.mail.html_child import HtmlReader
from tuidesk.core.mail.invitation import INVITATIONS, read_invitation
from tuidesk.core.mail.parse import read_mail
from tuidesk.core.mail.parsed import ParsedMail
from tuidesk.core.mail.quote import fold_quotes

LETTERS = Path(__file__).parent / "mail" / "letters"
SECONDS_MAX = 1.0
MEMORY_TIMES = 10
MEMORY_FLOOR_BYTES = 512 * 1024
BLOW_UP_MAX = 4000
PIECES = (
    b"\r\n\r\n", b"\n", b"\r", b"\0", b"=?utf-8?b?", b"=?x?q?=FF?=", b"?=", b"--", b'boundary="', b"\x1b$B", b"\xff\xfe",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n", b"Content-Type: text/html\r\n", b"begin 644 x\n", b"end\n",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Type: text/plain; charset=utf-7\r\n", b"<blockquote>", b"<table>",
    b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"DTSTART:99999999T999999Z\r\n", b"RRULE:FREQ=SECONDLY\r\n", b"\x78\x9f\x3e\x22",
    b"filename*0*=x''%ff;", b"> ", b"(" * 50, b"<" * 50, b'"' * 3, b";" * 30, b",", "ä".encode(), b"\xe4\xf6", b"On x wrote:\n",
)  # fmt: skip


def damaged(mails: Sequence[bytes], dice: random.Random) -> bytes:
    """Return one of the mails with one to eight wounds."""
    mail = bytearray(dice.choice(mails))
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(mail) + 1)
        wide = min(len(mail), at + dice.choice((1, 3, 20, 200)))
        match dice.randrange(8):
            case 0:
                mail[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del mail[at:wide]
            case 2:
                mail[at:at] = mail[at:wide] * dice.randint(1, 5)
            case 3:
                mail[at:at] = dice.choice(PIECES)
            case 4:
                other = dice.choice(mails)
                start = dice.randrange(len(other) + 1)
                mail[at:wide] = other[start : start + dice.randint(1, 400)]
            case 5:
                mail[at:at] = dice.choice(PIECES) * dice.randint(1, BLOW_UP_MAX // 20)
            case 6:
                end = mail.find(b"\n", at)
                start = mail.rfind(b"\n", 0, at) + 1
                line = bytes(mail[start : end + 1 if end >= 0 else len(mail)])
                mail[start:start] = line * dice.randint(1, 20)
            case _:
                mail[at:] = mail[at:].replace(dice.choice((b"\r\n", b"=", b":", b'"', b"-")), dice.choice(PIECES)[:20], 3)
    return bytes(mail)


def look_at(mail: ParsedMail) -> None:
    """Do with a mail what the desk does; AssertionError for what must not be."""
    assert not any(problem.startswith("reader:") for problem in mail.problems), mail.problems
    assert mail.parts_kept <= mail.parts_found
    for text in (mail.subject, mail.text, mail.sender.name, mail.sender.address, *(one.name for one in mail.attachments)):
        assert storable(text) == text
    shown = safe_text(mail.text[:20_000], multiline=True)
    assert not any(sign < " " and sign not in "\n" for sign in shown)
    blocks = fold_quotes(mail.text)
    assert sum(block.end - block.start for block in blocks) == (mail.text.count("\n") + 1 if mail.text else 0)
    for part in mail.attachments:
        if part.content_type in INVITATIONS:
            read_invitation(part.data)
        elif part.content_type in CARDS:
            read_card(part.data)


def trial(raw: bytes, child: HtmlReader | None) -> str:
    """Read a mail, its memory traced when there is a child for html; return what went wrong, '' when nothing did."""
    traced = child is not None
    if traced:
        tracemalloc.start()
    begin = time.process_time()
    try:
        mail = read_mail(raw, html_to_text=child.read if child else html_to_text)
        peak = tracemalloc.get_traced_memory()[1] if traced else 0
        look_at(mail)
    except Exception as error:  # noqa: BLE001 (this is what the run is for)
        return f"{type(error).__name__}: {error}"
    finally:
        spent = time.process_time() - begin
        if traced:
            tracemalloc.stop()
    if spent > SECONDS_MAX and not traced:
        return f"{spent:.2f} s"
    if peak > max(MEMORY_FLOOR_BYTES, MEMORY_TIMES * len(raw)):
        return f"{peak} bytes of memory for {len(raw)}"
    return ""


def warm_up(mail: bytes, child: HtmlReader) -> None:
    """Load what is loaded once: it counts against no mail."""
    trial(mail, None)
    child.read("<p>x</p>")
    for name in sorted(set(aliases.values())):
        with suppress(LookupError):  # some exist on other systems only
            codecs.lookup(name)


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.mail_fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--from", dest="folder", type=Path, default=LETTERS, help="folder of the mails to damage")
    parser.add_argument("--trace-every", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="folder for mails that failed")
    given = parser.parse_args(arguments)
    mails = [path.read_bytes() for path in sorted(given.folder.rglob("*")) if path.is_file() and path.suffix != ".jsonl"]
    mails = [mail for mail in mails if len(mail) < 200_000]
    child = HtmlReader()
    warm_up(mails[0], child)
    dice = random.Random(given.seed)
    failed = 0
    slowest = 0.0
    for number in range(given.count):
        raw = damaged(mails, dice)
        begin = time.process_time()
        wrong = trial(raw, child if number % given.trace_every == 0 else None)
        slowest = max(slowest, time.process_time() - begin)
        if wrong:
            failed += 1
            print(f"mail {number}: {wrong}")
            if given.keep:
                given.keep.mkdir(parents=True, exist_ok=True)
                (given.keep / f"{given.seed}-{number}.eml").write_bytes(raw)
    child.close()
    print(f"slowest {slowest:.3f} s")
    print(f"{given.count} mails, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
