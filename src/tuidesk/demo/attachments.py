"""The files that made-up people attach: logs, tables and pictures, made of bytes when asked for."""

from __future__ import annotations

import struct
import zlib
from datetime import datetime, timedelta
from random import Random

from tuidesk.core.domain.ticket import Attachment

_LEVELS = ("DEBUG", "INFO ", "INFO ", "INFO ", "WARN ", "ERROR")
_EVENTS = (
    "session opened for client {n}",
    "request {n} answered in {m} ms",
    "cache miss, reading block {n}",
    "peer {n} did not answer within {m} ms",
    "retry {m} of 5",
    "checksum of part {n} differs",
    "connection reset by peer",
    "queue length is {m}",
)
_COLUMNS = ("time", "item", "count", "value_ms", "note")
_NOTES = ("", "", "ok", "slow", "größer als erwartet", "à vérifier", "要確認")


def make(spec: str, rng: Random, at: datetime) -> Attachment:
    """Return the file for `kind:name`: log, txt (both text), csv, png. Raises ValueError for another kind."""
    kind, _, name = spec.partition(":")
    match kind:
        case "log" | "txt":
            return Attachment(name, "text/plain", _log(rng, at).encode())
        case "csv":
            return Attachment(name, "text/csv", _table(rng, at).encode())
        case "png":
            return Attachment(name, "image/png", _picture(rng))
    raise ValueError(f"{spec}: allowed are log, txt, csv and png")


def _log(rng: Random, at: datetime) -> str:
    moment = at - timedelta(hours=1)
    lines = []
    for _ in range(rng.randint(30, 90)):
        moment += timedelta(seconds=rng.expovariate(0.05))
        event = rng.choice(_EVENTS).format(n=rng.randint(100, 9999), m=rng.randint(1, 5000))
        lines.append(f"{moment:%Y-%m-%d %H:%M:%S} {rng.choice(_LEVELS)} worker-{rng.randint(1, 4)} {event}")
    return "\n".join(lines) + "\n"


def _table(rng: Random, at: datetime) -> str:
    rows = [";".join(_COLUMNS)]
    for n in range(rng.randint(8, 40)):
        moment = at - timedelta(minutes=15 * n)
        row = (f"{moment:%Y-%m-%d %H:%M}", f"item-{rng.randint(1, 99):02}", str(rng.randint(0, 400)),
               str(rng.randint(80, 41000)), rng.choice(_NOTES))  # fmt: skip
        rows.append(";".join(row))
    return "\r\n".join(rows) + "\r\n"


def _picture(rng: Random, width: int = 96, height: int = 64) -> bytes:
    """Return a small PNG of coloured stripes (PNG specification: IHDR, IDAT with filter 0, IEND)."""
    colours = [bytes(rng.randint(30, 230) for _ in range(3)) for _ in range(6)]
    rows = b"".join(b"\0" + colours[y * 6 // height] * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
