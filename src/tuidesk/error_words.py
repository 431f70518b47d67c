"""Errors in words: what went wrong and what to do about it, for every door that speaks to people.

Must not show a traceback, nor what an error carries for logs only. A door with more to say (a key to press,
a name for an id) says that itself and takes the rest from here.
"""

from __future__ import annotations

from tuidesk.core import errors
from tuidesk.core.i18n import _


def sentence(error: errors.TuideskError) -> str:
    """Return what went wrong and what to do about it."""
    match error:
        case errors.Denied(op, right, queue):
            return _("Not allowed: {op} needs the right “{right}” on queue {queue}.").format(
                op=op, right=right, queue=queue
            )
        case errors.NotAdmin(agents, admins):
            return _("Not allowed: {agents} may not manage the desk; {admins} may.").format(
                agents=", ".join(agents), admins=", ".join(admins)
            )
        case errors.LockedByOther(number, owner):
            return _("Ticket {number} is locked by {owner}. Take it over first, or ask {owner} to unlock it.").format(
                number=number, owner=owner
            )
        case errors.StaleTicket(number, conflicts):
            lines = [_("Ticket {number} was changed meanwhile; nothing was written:").format(number=number)]
            for one in conflicts:
                lines.append(
                    _("  {field}: it was {base}, {by} set it to {theirs}, you wanted {mine}").format(
                        field=one.field, base=one.base, by=one.by, theirs=one.theirs, mine=one.mine
                    )
                )
            return "\n".join(lines)
        case errors.Invalid(field, value, allowed):
            return _("{field}: “{value}” cannot be used; allowed: {allowed}.").format(
                field=field, value=value, allowed=allowed
            )
        case errors.NotFound(kind, name):
            return _("No {kind} “{name}” that you may see.").format(kind=kind, name=name)
        case errors.AlreadyExists(kind, name):
            return _("The {kind} “{name}” is there already.").format(kind=kind, name=name)
        case errors.ConfigError(source, key, line, value, allowed):
            place = f"{source}:{line}" if line else source
            said = " = ".join(part for part in (key, value) if part)
            if not said:
                return _("{place}: allowed: {allowed}").format(place=place, allowed=allowed)
            return _("{place}: {said}: allowed: {allowed}").format(place=place, said=said, allowed=allowed)
        case errors.DatabaseTooNew(found, known):
            return _(
                "This database was made by a newer tuidesk (revision {found}, this one knows {known})."
                " Install that version."
            ).format(found=found, known=known)
        case errors.DatabaseTooOld("", _known):
            return _("There is no desk in this database yet. Make one with: tuidesk init")
        case errors.DatabaseTooOld(found, known):
            return _("The database must be upgraded first ({found} → {known}): tuidesk db upgrade").format(
                found=found, known=known
            )
        case errors.DatabaseForeign(name):
            words = _("Database “{name}” holds tables of another program. Name an empty one; nothing was written.")
            return words.format(name=name)
        case errors.DatabaseUnavailable(reason):
            return _("The database cannot be reached; nothing was written: {reason}").format(reason=reason)
        case errors.LoginFailed():
            return _("Login or password is not right.")
        case errors.NotMapped(system_user, "", ()):
            return _(
                "The system account “{user}” is mapped to no agent. An admin maps it with:"
                " tuidesk agent set LOGIN --map-account {user}"
            ).format(user=system_user)
        case errors.NotMapped(system_user, "", allowed):
            return _("The system account “{user}” may act as {allowed}: name one with --agent.").format(
                user=system_user, allowed=", ".join(allowed)
            )
        case errors.NotMapped(system_user, wanted, allowed):
            return _("The system account “{user}” may not act as “{wanted}”, only as: {allowed}.").format(
                user=system_user, wanted=wanted, allowed=", ".join(allowed) or _("nobody")
            )
        case errors.MailServerError(step, server, reason):
            return _("Mail server {server}, step {step}: {reason}").format(server=server, step=step, reason=reason)
        case errors.SecretError(reference, reason):
            return _("Password from {reference}: {reason}").format(reference=reference, reason=reason)
        case _:
            return _("That did not work ({name}). The log says more.").format(name=type(error).__name__)
