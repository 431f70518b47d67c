"""What an article should say about the mail it came from, as flags: machine words that doors render.

Invariant: a flag has no blank; a number after a colon belongs to it.
"""

from __future__ import annotations

from tuidesk.core.mail.parsed import ParsedMail

NOTICES = ("parts-missing", "text-cut", "html-plain", "no-sender", "encrypted", "signed")
"""The words before the colon."""


def notices(parsed: ParsedMail) -> tuple[str, ...]:
    """Return the flags of a mail: `parts-missing:N`, `signed:KIND`, `encrypted:KIND`, and others of `NOTICES` alone."""
    flags = []
    missing = parsed.parts_found - parsed.parts_kept
    if missing > 0:
        flags.append(f"parts-missing:{missing}")
    if "text" in parsed.problems:
        flags.append("text-cut")
    if "html-plain" in parsed.problems:
        flags.append("html-plain")
    if not parsed.sender.address:
        flags.append("no-sender")
    if parsed.protection.encrypted:
        flags.append(f"encrypted:{parsed.protection.kind}")
    elif parsed.protection.signed:
        flags.append(f"signed:{parsed.protection.kind}")
    return tuple(flags)
