"""Values that admins type: made storable and checked one by one, or refused with what would be right.

No look-ups here: whether a name is known or taken is asked of the store. Invariant: what comes back is
storable, without blanks or empty lines around it, and has no control characters but the line ends and
tabs of a text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from tuidesk.core.domain.states import Right
from tuidesk.core.domain.text import storable
from tuidesk.core.errors import Invalid
from tuidesk.core.i18n import _

NAME_CHARACTERS = 191
LOGIN_CHARACTERS = 191
ADDRESS_CHARACTERS = 320
TEXT_CHARACTERS = 100_000

_ADDRESS = re.compile(r"""[^\s@<>(),;:"\\\[\]]+@[^\s@<>(),;:"\\\[\].]+(?:\.[^\s@<>(),;:"\\\[\].]+)*""")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOT_IN_LINE = frozenset({"Cc", "Zl", "Zp"})


def name_value(field: str, value: str) -> str:
    """Return a name: one line of 1 to 191 characters. Raises Invalid."""
    name = line_value(field, value, NAME_CHARACTERS)
    if not name:
        raise Invalid(field, value, _("1 to {n} characters").format(n=NAME_CHARACTERS))
    return name


def line_value(field: str, value: str, limit: int = 1000) -> str:
    """Return one line of text, perhaps an empty one. Raises Invalid."""
    line = storable(value).strip()
    if len(line) > limit or any(unicodedata.category(char) in _NOT_IN_LINE for char in line):
        raise Invalid(field, value, _("one line of at most {n} characters").format(n=limit))
    return line


def text_value(field: str, value: str) -> str:
    """Return a text of any lines, with tabs perhaps; line ends become a single newline. Raises Invalid."""
    text = storable(value).replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if len(text) > TEXT_CHARACTERS or _CONTROL.search(text):
        allowed = _("at most {n} characters, no control characters").format(n=TEXT_CHARACTERS)
        raise Invalid(field, shown(text), allowed)
    return text


def login_value(field: str, value: str) -> str:
    """Return a login: no blanks, no invisible characters, not `-`, which is nobody's. Raises Invalid."""
    login = storable(value).strip()
    visible = login.isprintable() and not any(char.isspace() for char in login)
    if not (visible and 0 < len(login) <= LOGIN_CHARACTERS and login != "-"):
        allowed = _("1 to {n} visible characters without blanks, not just -").format(n=LOGIN_CHARACTERS)
        raise Invalid(field, value, allowed)
    return login


def address_value(field: str, value: str) -> str:
    """Return a bare mail address (RFC 5322 dot-atoms, RFC 6531 letters). Raises Invalid."""
    address = storable(value).strip()
    if not (address.isprintable() and len(address) <= ADDRESS_CHARACTERS and _ADDRESS.fullmatch(address)):
        raise Invalid(field, value, _("a mail address without a name, such as help@example.com"))
    return address


def optional_address(field: str, value: str) -> str:
    """Return a bare mail address, or nothing. Raises Invalid."""
    return address_value(field, value) if value.strip() else ""


def rights_value(rights: Iterable[str]) -> frozenset[Right]:
    """Return rights by their names. Raises Invalid for one that there is not, and for none at all."""
    allowed = ", ".join(right.value for right in Right)
    wanted = list(rights)
    for right in wanted:
        if right not in frozenset(Right):
            raise Invalid("rights", right, allowed)
    if not wanted:
        raise Invalid("rights", "", allowed)
    return frozenset(Right(right) for right in wanted)


def shown(text: str) -> str:
    """Return the beginning of a long value, for an error that names it."""
    return text if len(text) <= NAME_CHARACTERS else text[:NAME_CHARACTERS] + "…"
