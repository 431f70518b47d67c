"""Is a mail signed or encrypted, and by what? Found by its containers; nothing is verified or decrypted here.

Must not alter a part: what a later check needs is the exact bytes. Invariant: linear in what it looks at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SIGNATURES = {"application/pgp-signature": "pgp", "application/pkcs7-signature": "smime"}
_ENVELOPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SIGNED_OID = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
"""signed-data (RFC 5652, 5.1) as DER writes it."""
_OID_WITHIN = 64
_ARMOUR = re.compile(r"^-----BEGIN PGP (SIGNED MESSAGE|MESSAGE|SIGNATURE)-----[ \t]*$", re.MULTILINE)
_ARMOUR_BYTES = b"-----BEGIN PGP MESSAGE-----"
_KEY_BYTES = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
_ARMOUR_WITHIN = 4096


@dataclass(frozen=True, slots=True)
class Protection:
    """How a mail is protected: `kind` is pgp, smime or '' for not at all."""

    kind: str
    signed: bool
    encrypted: bool

    def __or__(self, other: Protection) -> Protection:
        return Protection(self.kind or other.kind, self.signed or other.signed, self.encrypted or other.encrypted)


UNPROTECTED = Protection("", False, False)


def container_protection(media: str, protocol: str, smime_type: str, data: bytes) -> Protection:
    """Return what a part says as a container: `media` with its protocol (RFC 1847) or smime-type (RFC 8551, 3.2)."""
    if media == "multipart/signed":
        return Protection(_SIGNATURES.get(protocol.replace("x-pkcs7", "pkcs7"), "pgp"), True, False)
    if media in ("multipart/encrypted", "application/pgp-encrypted"):
        return Protection("pgp", False, True)
    if media in _ENVELOPES:
        signed = smime_type == "signed-data" or (not smime_type and _SIGNED_OID in data[:_OID_WITHIN])
        other = smime_type in ("certs-only", "compressed-data")
        return UNPROTECTED if other else Protection("smime", signed, not signed)
    if media in _SIGNATURES:  # beside what it signs, without the container that would say so
        return Protection(_SIGNATURES[media], True, False)
    return UNPROTECTED


def inline_protection(text: str) -> Protection:
    """Return what ASCII armour in a text says (RFC 9580, 6.2 and 7)."""
    if "-----BEGIN PGP " not in text:
        return UNPROTECTED
    found = {hit[1] for hit in _ARMOUR.finditer(text)}
    return Protection("pgp", bool(found - {"MESSAGE"}), "MESSAGE" in found) if found else UNPROTECTED


def file_protection(name: str, media: str, data: bytes) -> Protection:
    """Return what a file says that a program of the sender made of each attachment, or of all that was to be said.

    A key (RFC 3156, 7) is no secret, and a mail that is brought along has secrets of its own. Programs that do not know
    S/MIME keep its name (RFC 8551, 3.2.1).
    """
    head = data[:_ARMOUR_WITHIN]
    if media == "application/pgp-keys" or media.startswith("message/") or _KEY_BYTES in head:
        return UNPROTECTED
    if name.lower().endswith(".p7m") and media == "application/octet-stream":
        return container_protection(_ENVELOPES[0], "", "", data)
    if _ARMOUR_BYTES in head or name.lower().endswith((".pgp", ".gpg")):
        return Protection("pgp", False, True)
    return UNPROTECTED


def merged(found: Iterable[Protection]) -> Protection:
    """Return all protections of a mail as one."""
    whole = UNPROTECTED
    for one in found:
        whole |= one
    return whole
