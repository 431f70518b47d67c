"""Keys and positions in an IMAP folder: UIDs, each together with the folder's UIDVALIDITY. Pure.

Invariant: a position made under another UIDVALIDITY is before all messages (RFC 3501, 2.3.1.1).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from tuidesk.core.mail.source import EVERYTHING


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What SELECT said: `count` messages; `next_uid` is 0 when the server did not say it."""

    uidvalidity: int
    next_uid: int
    count: int


def position_at(uidvalidity: int, uid: int) -> str:
    """Return the position at which this UID and all below it are known.

    >>> uid_of(position_at(7, 3), 7), uid_of(position_at(7, 3), 8), uid_of("", 7)
    (3, 0, 0)
    """
    return json.dumps({"uidvalidity": uidvalidity, "uid": uid})


def uid_of(position: str, uidvalidity: int) -> int:
    """Return the highest UID that is known at the position, in a folder with that UIDVALIDITY."""
    if position == EVERYTHING:
        return 0
    read = json.loads(position)
    return int(read["uid"]) if read["uidvalidity"] == uidvalidity else 0


def key_of(uidvalidity: int, uid: int) -> str:
    """Return the key of a message.

    >>> read_key(key_of(7, 3))
    (7, 3)
    """
    return f"{uidvalidity}/{uid}"


def read_key(key: str) -> tuple[int, int]:
    """Return the UIDVALIDITY and the UID in a key."""
    uidvalidity, _slash, uid = key.partition("/")
    return int(uidvalidity), int(uid)
