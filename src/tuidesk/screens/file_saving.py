"""Putting a file of an article on the disk of the machine that tuidesk runs on. No screen, no desk.

A name that came by mail is only ever a proposal for a name in a folder that the agent chose. Invariant:
nothing that exists is overwritten or followed, and only its owner may read what was saved.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from tuidesk.core.errors import AlreadyExists

_NAME_MAX = 120
_UNWANTED = re.compile(r"[^\w.,;()+=@ -]")


def proposed_name(name: str) -> str:
    """Return a name for a file on disk: no folder, nothing a shell or a terminal minds, never hidden.

    >>> proposed_name("../../.ssh/authorized_keys"), proposed_name("a\\x1bb.txt"), proposed_name("...")
    ('authorized_keys', 'a_b.txt', 'file')
    """
    last = re.split(r"[/\\\\]", name)[-1]
    plain = _UNWANTED.sub("_", last).strip(" .-")
    if len(plain) > _NAME_MAX:
        stem, dot, ending = plain.rpartition(".")
        plain = f"{stem[: _NAME_MAX - 20]}{dot}{ending[:19]}" if dot else plain[:_NAME_MAX]
    return plain or "file"


def proposed_path(name: str, home: Path, current: Path) -> Path:
    """Return where a file may go: the agent's downloads if there are any, else the current folder."""
    downloads = home / "Downloads"  # untranslated: the name of a folder  # untranslated: a folder
    folder = downloads if downloads.is_dir() else current
    path = folder / proposed_name(name)
    for n in range(2, 100):
        if not os.path.lexists(path):
            break
        first = Path(proposed_name(name))
        path = folder / f"{first.stem}-{n}{first.suffix}"
    return path


def save_file(path: Path, content: bytes) -> None:
    """Write a new file, mode 0600. Raises AlreadyExists, and OSError as the file system does."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise AlreadyExists("file", str(path)) from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)
