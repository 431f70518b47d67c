"""Passwords of people who log in: how they are hashed and checked.

Here lives Argon2id with the parameters OWASP recommends (19 MiB, 2 passes, 1 lane); no policy of lengths, no
login. Invariant: a check costs the same whether the login exists or not, as long as the caller runs
`dummy_verify` for one that does not; a password reaches neither an error nor a log line.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tuidesk.core.domain.text import normal_form
from tuidesk.core.errors import Invalid

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
MAX_PASSWORD_BYTES = 1024
"""Longer ones are refused: nobody types them, and hashing megabytes is a way to keep a server busy."""

_LONGER = MAX_PASSWORD_BYTES + 1  # characters: enough to be refused, few enough to be normalised at once

# Hash of a random password that nobody has, with the parameters above.
_DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$Uz6yhIhZ/d6/RMBsrx0hsw$Yjxa9UK4H4+ALEYBQgAFEjToZjZMMT6Zg2D5OmwqmoA"


def hash_password(password: str) -> str:
    """Return the hash of `password` to be stored, in the PHC string form, with a fresh salt.

    Takes some 20 ms and 19 MiB. Raises Invalid for an empty password or one over 1024 bytes.
    """
    raw = _bytes(password)
    if not 0 < len(raw) <= MAX_PASSWORD_BYTES:
        raise Invalid("password", "***", f"1 to {MAX_PASSWORD_BYTES} bytes")
    return _hasher().hash(raw)


def verify_password(stored_hash: str, password: str) -> bool:
    """Return whether `password` is the one that `stored_hash` was made of.

    A stored value that is no Argon2 hash ("" for a login without a password) fits nothing, at the same cost.
    """
    from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

    raw = _bytes(password)
    if len(raw) > MAX_PASSWORD_BYTES:
        dummy_verify()
        return False
    try:
        return _hasher().verify(stored_hash, raw)
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError):
        dummy_verify()
        return False


def dummy_verify() -> None:
    """Spend the time of a `verify_password`, for a login that does not exist."""
    from argon2.exceptions import VerifyMismatchError

    try:
        _hasher().verify(_DUMMY, b"")
    except VerifyMismatchError:
        return


def needs_rehash(stored_hash: str) -> bool:
    """Return whether a stored Argon2 hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(stored_hash)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def _bytes(password: str) -> bytes:
    # Terminals and browsers send the same é composed or decomposed.
    return normal_form("NFC", password[:_LONGER]).encode("utf-8", "surrogatepass")
