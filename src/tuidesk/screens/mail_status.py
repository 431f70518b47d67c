"""How the mail is doing, in the few words that a status line holds. Pure.

Times are clock times, not ages: what stands still must not become wrong. Invariant: trouble begins with
what failed, so that it can be read where the line is cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from tuidesk.core.i18n import _
from tuidesk.widgets.ages import weekday

if TYPE_CHECKING:
    from tuidesk.core.store.leases import Status

SILENT = timedelta(minutes=30)
"""A mailbox that nobody looked at for so long is worth a word: most likely no daemon runs."""


def mail_status_words(statuses: Mapping[str, Status], now: datetime, zone: tzinfo) -> tuple[str, str]:
    """Return when mail was last fetched and sent, and what failed ("" when nothing did)."""
    fetched = {name: status for name, status in statuses.items() if name.startswith("fetch")}
    good = [status.at for status in fetched.values() if status.ok and status.at is not None]
    sent = statuses.get("outbox")
    parts = []
    if fetched:
        parts.append(_("mail {at}").format(at=_when(max(good, default=None), now, zone)))
    if sent is not None and sent.ok:
        parts.append(_("sent {at}").format(at=_when(sent.at, now, zone)))
    bad = sorted((name, status.detail) for name, status in statuses.items() if not status.ok)
    trouble = [f"{_work_name(name, len(fetched))}: {detail}" for name, detail in bad]
    last = max((status.at for status in fetched.values() if status.at is not None), default=None)
    if last is not None and now - last > SILENT:
        trouble.append(_("no mail fetched since {at}: does the daemon run?").format(at=_when(last, now, zone)))
    return "  ".join(parts), ", ".join(trouble)


def _work_name(name: str, mailboxes: int) -> str:
    kind, _colon, account = name.partition(":")
    if kind == "fetch":
        return _("mail in {account}").format(account=account) if mailboxes > 1 else _("mail in")
    return {"outbox": _("mail out"), "intake": _("taking mail in")}.get(kind, name)


def _when(at: datetime | None, now: datetime, zone: tzinfo) -> str:
    if at is None:
        return "-"
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if 0 < (today - local.date()).days < 7:
        return f"{weekday(local)} {local:%H:%M}"
    return f"{local:%Y-%m-%d}"
