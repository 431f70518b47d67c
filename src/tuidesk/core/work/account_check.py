"""Trying an account step by step: what works, what does not, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from tuidesk.core.errors import MailServerError, SecretError
from tuidesk.core.mail.source import CheckStep
from tuidesk.core.work.accounts import source_of, transport_of


@runtime_checkable
class Checkable(Protocol):
    """A source or transport that can try itself."""

    def check(self) -> Iterator[CheckStep]:
        """Yield one step after the other; the first that is not ok is the last."""
        ...


def check_account(kind: str, settings: Mapping[str, Any], secret: str, secrets_file: Path) -> Iterator[CheckStep]:
    """Yield the steps of trying an account; the first that fails is the last."""
    try:
        if kind in ("imap", "maildir"):
            thing: object = source_of(kind, settings, secret, secrets_file)
        else:
            thing = transport_of(kind, settings, secret, secrets_file)
    except SecretError as error:
        yield CheckStep("secret", False, f"{error.reference}: {error.reason}")
        return
    if isinstance(thing, Checkable):
        yield from thing.check()
        return
    path = Path(str(settings.get("path", "")))
    try:
        if kind == "maildir":
            with source_of(kind, settings, secret, secrets_file) as source:
                source.mark()
        elif not path.parent.is_dir():
            raise MailServerError("connect", str(path), "the folder above it does not exist")
    except MailServerError as error:
        yield CheckStep(error.step, False, f"{error.server}: {error.reason}")
        return
    yield CheckStep("connect", True, str(path))
