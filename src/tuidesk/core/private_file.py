"""Writing a small file that only its owner may read, in one step.

Here lives how such a file comes to be on disk, not what is in it. Invariant: at its name stands either what
stood there before or the whole new text, never a part; its mode is 0600 from the first byte.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tuidesk.core.errors import AlreadyExists


def write_private(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Put `text` (UTF-8) at `path`, mode 0600, atomically; missing folders are made with mode 0700.

    A file that is replaced keeps its owner, so that root may edit the file of the daemon's account.
    Raises AlreadyExists when something stands at `path` and `overwrite` is false, OSError as the file system
    does; then nothing was changed.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not overwrite and os.path.lexists(path):
        raise AlreadyExists("file", str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            if overwrite:
                _keep_owner(path, file.fileno())
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if not overwrite:
            _reserve(path)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _keep_owner(path: Path, handle: int) -> None:
    try:
        before = path.stat()
    except FileNotFoundError:
        return
    if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(handle, before.st_uid, before.st_gid)


def _reserve(path: Path) -> None:
    """Take the name, so that of two writers who both found it free only one wins."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise AlreadyExists("file", str(path)) from None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
