"""Telling an IMAP server that messages were taken: marked, moved or deleted. No connection is made here.

Invariant: no message but the given ones is changed, not even by a server without UIDPLUS or MOVE.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from tuidesk.core.mail.imap_fetch import Session

After = Literal["mark", "move", "delete"]

_AT_ONCE = 500


def acknowledge(session: Session, uids: Sequence[int], after: After, move_to: str) -> None:
    """Set \\Seen on the messages, move them to the folder `move_to`, or delete them.

    UIDs that are gone do no harm. Raises MailServerError (mark).
    """
    for start in range(0, len(uids), _AT_ONCE):
        some = uids[start : start + _AT_ONCE]
        with session.step("mark") as imap:
            if after == "mark":
                imap.add_flags(some, [b"\\Seen"], silent=True)
            elif after == "delete":
                _delete(imap, some)
            else:
                _move(imap, some, move_to)


def _move(imap: Any, uids: Sequence[int], target: str) -> None:
    if not imap.folder_exists(target):
        imap.create_folder(target)
    if imap.has_capability("MOVE"):
        imap.move(uids, target)
    else:
        imap.copy(uids, target)
        _delete(imap, uids)


def _delete(imap: Any, uids: Sequence[int]) -> None:
    imap.add_flags(uids, [b"\\Deleted"], silent=True)
    if imap.has_capability("UIDPLUS"):
        imap.uid_expunge(uids)
    elif set(imap.search("DELETED")) <= set(uids):
        # a plain EXPUNGE also removes what others have marked; then ours stay, marked, until they are done
        imap.expunge()
