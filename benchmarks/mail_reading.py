"""The reader of mail beside the bare libraries: parsing, html, folding of quotes, and mails made to hurt.

Parsing and decoding is compared with the standard library's parser (compat32), html with the library that converts
it, called within this process. Each hostile mail is read in a process of its own, whose time and peak memory count,
that of the process which converts html with it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks.bare_mail import bare_html, bare_parse
from benchmarks.figures import Bar, Figure, interleaved
from benchmarks.letters import letters
from benchmarks.world import World
from tuidesk.core.mail.html_child import HtmlReader
from tuidesk.core.mail.parse import read_mail
from tuidesk.core.mail.quote import fold_quotes

PARSE_BAR = Bar(60, "% of compat32", at_least=True)
HTML_BAR = Bar(50, "% of the bare library", at_least=True)
QUOTE_BAR = Bar(20, "MB/s", at_least=True)
HOSTILE_BYTES = 30_000_000
SECONDS_BAR = Bar(2, "s")
MEMORY_BAR = Bar(120 + 5 * HOSTILE_BYTES / 1e6, "MB")
MAILS = 2_000


def mail_reading(world: World) -> Iterator[Figure]:
    """Parsing, html, quotes, hostile mails."""
    mails = letters(world.options.mails, MAILS)
    yield _parsing(mails, world.options.seconds)
    yield from _html(mails, world.options.seconds)
    yield from _quotes(mails, world.options.seconds)
    yield from _hostile()


def _parsing(mails: Sequence[bytes], seconds: float) -> Figure:
    def ours() -> None:
        for mail in mails:
            read_mail(mail, html_to_text=lambda source: "")

    def theirs() -> None:
        for mail in mails:
            bare_parse(mail)

    spent, least = interleaved(ours, theirs, seconds=seconds)
    rates = {"mails_per_s": len(mails) / spent, "baseline_mails_per_s": len(mails) / least}
    detail = f"{rates['mails_per_s']:.0f} / {rates['baseline_mails_per_s']:.0f} mails/s"
    return Figure("mail", f"parse and decode {len(mails)} mails", 100 * least / spent, PARSE_BAR, detail, rates)


def _html(mails: Sequence[bytes], seconds: float) -> Iterator[Figure]:
    sources: list[str] = []

    def keep(source: str) -> str:
        sources.append(source)
        return ""

    for mail in mails:
        # without the plain text beside it, so that every html is asked for
        read_mail(mail.replace(b"Content-Type: text/plain", b"Content-Type: image/x-none"), html_to_text=keep)
    # one works while the other waits; on two processors each mail wakes both, which has little to do with html
    everywhere = os.sched_getaffinity(0)
    for what, processors in (("one processor", {min(everywhere)}), ("any processor", everywhere)):
        os.sched_setaffinity(0, processors)
        try:
            spent, least = _html_seconds(sources, seconds)
        finally:
            os.sched_setaffinity(0, everywhere)
        size = sum(map(len, sources))
        detail = f"{size / spent / 1e6:.2f} / {size / least / 1e6:.2f} MB/s, {len(sources)} bodies, one child"
        yield Figure("mail", f"html to text, {what}", 100 * least / spent, HTML_BAR, detail)


def _html_seconds(sources: Sequence[str], seconds: float) -> tuple[float, float]:
    """Return how long all bodies take, by a child process and by the bare library."""
    with HtmlReader() as reader:

        def ours() -> None:
            for source in sources:
                reader.read(source)

        def theirs() -> None:
            for source in sources:
                bare_html(source)

        spent, least = interleaved(ours, theirs, seconds=seconds)
        if reader.failures:
            raise SystemExit(f"the child failed on {reader.failures} bodies")
    return spent, least


def _quotes(mails: Sequence[bytes], seconds: float) -> Iterator[Figure]:
    thread = "\n".join(read_mail(mail, html_to_text=lambda source: "").text for mail in mails)[:5_000_000]
    answered = "I see.\n\nOn Mon, 5 Jan 2026 at 09:00, Mia Lee <mia@example.com> wrote:\n" + "\n".join(
        f"> {line}" for line in thread.split("\n")
    )
    log = "".join(f"line {n:05d}\n" for n in range(100_000))
    unicode = "お世話になっております。ログインできません。\nGrüße aus München\n> Заказ не пришёл\n" * 20_000
    for what, text in (("texts of mails", thread), ("an answer below them", answered), ("lines of 11 bytes", log),
                       ("Japanese, Russian", unicode)):  # fmt: skip
        (spent,) = interleaved(lambda text=text: fold_quotes(text), seconds=seconds)  # type: ignore[misc]
        rate = len(text.encode()) / spent / 1e6
        yield Figure("mail", f"fold quotes, {what}", rate, QUOTE_BAR, f"{len(text.encode()) / 1e6:.1f} MB")


# --- mails made to hurt ---------------------------------------------------------------------------

_HEAD = b"From: a@b.example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def _filled(piece: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    count = (HOSTILE_BYTES - len(before) - len(after)) // len(piece)
    return before + piece * count + after


def _nested() -> bytes:
    levels = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(HOSTILE_BYTES // 60)
    )
    return _HEAD + levels


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a line of 30 MB": lambda: _filled(b"x", _HEAD + b"\r\n"),
    "empty lines": lambda: _filled(b"\n", _HEAD + b"\r\n"),
    "lines of one letter": lambda: _filled(b"x\n", _HEAD + b"\r\n"),
    "quotes in quotes": lambda: _filled(b"> > > > x\n", _HEAD + b"\r\n"),
    "a log": lambda: _filled(b"2026-01-05 09:00:00 host daemon[12]: connection from 192.0.2.1 closed\n", _HEAD + b"\r\n"),
    "a million headers": lambda: _filled(b"X-A: b\r\n", _HEAD),
    "one header": lambda: _filled(b"x", _HEAD + b"X-A: ", b"\r\n\r\nbody"),
    "one folded header": lambda: _filled(b" x\r\n", _HEAD + b"X-A: b\r\n", b"\r\nbody"),
    "recipients": lambda: _filled(b"a@b.example.com, ", _HEAD + b"To: ", b"\r\n\r\nbody"),
    "encoded words": lambda: _filled(b"=?utf-8?q?=C3=A4?= ", _HEAD + b"To: ", b"\r\n\r\nbody"),
    "parameters": lambda: _filled(b"a=b;", _HEAD + b"Content-Type: text/plain; ", b"\r\n\r\nbody"),
    "multiparts nested in each other": _nested,
    "a million parts": lambda: _filled(b"--b\r\n\r\nx\r\n", _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"),
    "base64 without a letter": lambda: _filled(b"====\r\n", _HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n"),
    "base64": lambda: _filled(
        b"QUJD" * 19 + b"\r\n", _HEAD + b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    ),
    "quoted printable": lambda: _filled(b"=C3=A4=\r\n", _HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"),
    "unlabelled bytes": lambda: _filled(b"\xe4\xf6\xff\x81", _HEAD + b"\r\n"),
    "Japanese shifts": lambda: _filled(
        b"\x1b$B$3\x1b(B", _HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
    ),
    "utf-7": lambda: _filled(b"+AOQ-", _HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\n"),
    "uuencoded files": lambda: _filled(b"begin 644 x\nM" + b"!" * 60 + b"\n`\nend\n", _HEAD + b"\r\n"),
    "uuencoding without an end": lambda: _filled(b"begin 644 x\n", _HEAD + b"\r\n"),
    "flowed text": lambda: _filled(b"x \r\n", _HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n"),
    "html without end": lambda: _filled(b"<div>", _HEAD + b"Content-Type: text/html\r\n\r\n"),
    "tags without end": lambda: _filled(b"<a ", _HEAD + b"Content-Type: text/html\r\n\r\n"),
    "attributes": lambda: _filled(b"a='b' ", _HEAD + b"Content-Type: text/html\r\n\r\n<p "),
    "tables": lambda: _filled(b"<table><tr><td>x", _HEAD + b"Content-Type: text/html\r\n\r\n"),
    "cells": lambda: _filled(b"<tr><td>x</td></tr>", _HEAD + b"Content-Type: text/html\r\n\r\n<table>"),
    "links": lambda: _filled(b"<a href='https://x.example.com/'>y</a> ", _HEAD + b"Content-Type: text/html\r\n\r\n"),
    "quotes in html": lambda: _filled(b"<blockquote>x", _HEAD + b"Content-Type: text/html\r\n\r\n"),
    "invitations": lambda: _filled(b"BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n", _HEAD + b"Content-Type: text/calendar\r\n\r\n"),
    "delivery reports": lambda: _filled(
        b"Final-Recipient: rfc822; a@b.example.com\r\nAction: failed\r\n\r\n",
        _HEAD + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\n",
    ),
    "winmail.dat": lambda: _filled(b"\x01\x02\x90\x06\0\0\0\0\0\0\0\0", _HEAD + b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\x01\0"),
    "noise": lambda: (bytes(range(256)) * (HOSTILE_BYTES // 256)),
}


def _hostile() -> Iterator[Figure]:
    seen = {name: _alone(name) for name in HOSTILE}
    slowest = max(seen, key=lambda name: seen[name][0])
    largest = max(seen, key=lambda name: seen[name][1])
    raw = {f"{name}: {unit}": value for name, found in seen.items() for unit, value in zip(("s", "MB"), found, strict=True)}
    yield Figure("mail", f"{len(seen)} hostile mails of 30 MB, slowest", seen[slowest][0], SECONDS_BAR, slowest, raw)
    yield Figure("mail", "hostile mails of 30 MB, most memory", seen[largest][1], MEMORY_BAR, largest)


def _alone(name: str) -> tuple[float, float]:
    """Return the seconds and the peak MB of a process that reads a hostile mail."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_read_alone, args=(name, sender))
    process.start()
    sender.close()
    seconds, peak = json.loads(receiver.recv())
    process.join()
    return seconds, peak


def _read_alone(name: str, answer: multiprocessing.connection.Connection) -> None:  # type: ignore[name-defined]
    mail = HOSTILE[name]()
    with HtmlReader() as reader:
        reader.read("<p>ready</p>")
        start = time.perf_counter()
        read_mail(mail, html_to_text=reader.read)
        seconds = time.perf_counter() - start
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    answer.send(json.dumps([seconds, peak * 1024 / 1e6]))
