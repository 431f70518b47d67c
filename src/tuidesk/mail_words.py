"""What the parts of a mail say, in words, for all doors: flags, invitations, business cards, reports.

Must not make anything safe for a terminal: the door that draws does that.
"""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from tuidesk.core.i18n import _, ngettext

if TYPE_CHECKING:
    from tuidesk.core.mail.cards import Card
    from tuidesk.core.mail.delivery_status import DeliveryReport
    from tuidesk.core.mail.invitation import Invitation
    from tuidesk.core.mail.readable import Readable

_PROTECTIONS = {"pgp": "PGP", "smime": "S/MIME"}
_PEOPLE_SHOWN = 10
_REPORTS_SHOWN = 10


def flag_words(flag: str, raw: str) -> str:
    """Return a flag of an article in words, one that is not known as it is; `raw` is how to see the mail as it came."""
    name, _colon, value = flag.partition(":")
    if name == "parts-missing":
        count = int(value) if value.isdecimal() else 1
        words = ngettext(
            "{n} part could not be read, raw mail: {raw}", "{n} parts could not be read, raw mail: {raw}", count
        )
        return words.format(n=count, raw=raw)
    protection = _PROTECTIONS.get(value, value)
    return {
        "unverified-sender": _("the sender is not verified: anybody can write this name into a mail"),
        "no-sender": _("this mail names no sender"),
        "not-sent": _("not sent: it was stopped in time"),
        "maybe-sent": _("maybe sent: the server broke off before it answered"),
        "text-cut": _("the text is longer than what is shown; all of it is in the first file"),
        "html-plain": _("too much html to lay out: hidden text may be shown, targets of links are missing"),
        "signed": _("signed with {protection}; the signature was not checked").format(protection=protection),
        "encrypted": _("encrypted with {protection}, not readable here; raw mail: {raw}").format(
            protection=protection, raw=raw
        ),
        "follow-up-rejected": _("this mail came to a closed ticket that takes no more of them"),
    }.get(name, flag)


def readable_lines(found: Readable, zone: tzinfo) -> list[str]:
    """Return a file that is for reading as lines: what it is first, then what it says."""
    lines: list[str] = []
    for one in found.invitations:
        lines += _invitation_lines(one, zone)
    for card in found.cards:
        lines += _card_lines(card)
    lines += [_report_line(report) for report in found.reports[:_REPORTS_SHOWN]]
    more = len(found.reports) - _REPORTS_SHOWN
    if more > 0:
        lines.append(ngettext("  {n} more recipient", "  {n} more recipients", more).format(n=more))
    return lines


def _report_line(report: DeliveryReport) -> str:
    fates = {
        "failed": _("Not delivered to {who}"),
        "delayed": _("Delayed for {who}"),
        "delivered": _("Delivered to {who}"),
        "relayed": _("Handed on for {who}"),
        "expanded": _("Delivered to {who}, and handed on"),
    }
    words = fates.get(report.action, _("Report about {who}")).format(who=report.recipient)
    return ": ".join(part for part in (words, " ".join(filter(None, (report.status, report.diagnostic)))) if part)


def _invitation_lines(one: Invitation, zone: tzinfo) -> list[str]:
    titles = {
        "request": _("Invitation: {what}"),
        "reply": _("Answer to an invitation: {what}"),
        "counter": _("Another proposal: {what}"),
    }
    title = _("CANCELLED: {what}") if one.cancelled else titles.get(one.method, _("Appointment: {what}"))
    lines = [title.format(what=one.what or _("(without a title)"))]
    when = _when(one, zone)
    people = [f"{who} ({_answer_words(answer)})" if answer else who for who, answer in one.people[:_PEOPLE_SHOWN]]
    more = len(one.people) - len(people)
    if more > 0:
        people.append(ngettext("{n} more", "{n} more", more).format(n=more))
    for label, value in (
        (_("When"), when),
        (_("Repeats"), one.rule),
        (_("Where"), one.where),
        (_("From"), one.organizer),
        (_("With"), ", ".join(people)),
    ):
        if value:
            lines.append(f"  {label}: {value}")
    return lines


def _answer_words(answer: str) -> str:
    return {
        "accepted": _("accepted"),
        "declined": _("declined"),
        "tentative": _("perhaps"),
        "needs-action": _("not answered"),
        "delegated": _("sends somebody else"),
    }.get(answer, answer)


def _when(one: Invitation, zone: tzinfo) -> str:
    begins, ends = one.begins, one.ends
    if begins is None:
        return ""
    if not isinstance(begins, datetime):
        same = ends is None or ends == begins or isinstance(ends, datetime)
        return _day(begins) if same else f"{_day(begins)} – {_day(ends)}"  # type: ignore[arg-type]
    start = begins if one.floating else begins.astimezone(zone)
    words = f"{_day(start)} {start:%H:%M}"
    if isinstance(ends, datetime):
        end = ends if one.floating else ends.astimezone(zone)
        words += f"–{end:%H:%M}" if end.date() == start.date() else f" – {_day(end)} {end:%H:%M}"
    name = _("local time of whoever reads it") if one.floating else start.tzname()
    return f"{words} ({name})"


def _day(at: date) -> str:
    days = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return f"{days[at.weekday()]} {at:%Y-%m-%d}"


def _card_lines(card: Card) -> list[str]:
    who = ", ".join(filter(None, (card.name, card.title, card.organisation)))
    lines = [_("Card: {who}").format(who=who)]
    for label, value in (
        (_("Phone"), ", ".join(card.phones)),
        (_("Mail"), ", ".join(card.mails)),
        (_("Address"), card.address),
        (_("Site"), card.site),
    ):
        if value:
            lines.append(f"  {label}: {value}")
    return lines
