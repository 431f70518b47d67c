"""Times as people read them in lists and headers: ages, spans, dates in the viewer's zone. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from tuidesk.core.i18n import _


def short_span(span: timedelta) -> str:
    """Return a span in at most five characters, rounded down.

    >>> [short_span(timedelta(seconds=s)) for s in (5, 720, 7800, 90000, 864000, 99999999)]
    ['5s', '12m', '2h10', '1d', '10d', '3y']
    """
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds}s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 60:
        return f"{minutes}m"
    if hours < 10:
        return f"{hours}h{minutes % 60:02d}"
    if hours < 24:
        return f"{hours}h"
    return f"{days}d" if days < 1000 else f"{days // 365}y"


def due_span(at: datetime, now: datetime) -> str:
    """Return how long until a deadline, with a minus when it has passed.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> due_span(noon, noon + timedelta(minutes=130))
    '-2h10'
    """
    return ("-" if at < now else "") + short_span(abs(at - now))


def weekday(at: datetime) -> str:
    """Return the short name of the day of the week."""
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))[at.weekday()]


def day_and_time(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Return a time in the viewer's zone: the shorter the nearer.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> day_and_time(datetime(2026, 11, 23, 8, tzinfo=UTC), now, UTC)
    'today 08:00'
    """
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    days = (local.date() - today).days
    if days == 0:
        return _("today {time}").format(time=f"{local:%H:%M}")
    if -6 <= days <= 6:
        return f"{weekday(local)} {local:%H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


def full_date(at: datetime, zone: tzinfo) -> str:
    """Return a time in full, with its day of the week, in the viewer's zone."""
    local = at.astimezone(zone)
    return f"{weekday(local)} {local:%Y-%m-%d %H:%M} {local.tzname() or ''}".rstrip()
