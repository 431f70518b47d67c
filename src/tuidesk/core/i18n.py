"""Sentences for people: `_` and `ngettext`, resolved when they are called, in the language in use.

Here lives the choice of the catalogue, nothing about dates or numbers. Must not import anything but the
standard library, and `gettext` itself only when a language is chosen: every command pays for this import.
Invariant: without a catalogue for a sentence, the sentence comes back as it was written.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import NullTranslations

DOMAIN = "tuidesk"
"""Name of the catalogues: `locale/<language>/LC_MESSAGES/tuidesk.mo` inside the package."""

LOCALE_DIR = Path(__file__).parent.parent / "locale"

_catalogue: NullTranslations | None = None


def use_language(code: str | None) -> None:
    """Translate from now on, in the whole process, into language `code` (`de`, `pt_BR`; a list: `de:fr`).

    None or "" takes the language of the environment (LANGUAGE, LC_ALL, LC_MESSAGES, LANG). A language
    without a catalogue leaves the sentences in English. Text that was rendered before is not changed, so a
    process calls this before it imports the modules that hold sentences at module level (help texts).
    """
    global _catalogue
    import gettext

    languages = code.split(":") if code else None
    _catalogue = gettext.translation(DOMAIN, LOCALE_DIR, languages, fallback=True)


def _(message: str) -> str:
    """Return `message` in the language in use. The argument is a literal, so that it can be collected."""
    if _catalogue is None or not message:
        return message
    return _catalogue.gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Return the form for the count `n`, in the language in use; the count is not put into it."""
    if _catalogue is None:
        return singular if n == 1 else plural
    return _catalogue.ngettext(singular, plural, n)
