"""The exit codes that belong to errors."""

from __future__ import annotations

from tuidesk.core import errors

OK = 0
REFUSED = 1
USAGE = 2
NOT_FOUND = 3
DENIED = 4
CONFLICT = 5
UNAVAILABLE = 6
CONFIG = 7
TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: any other failure makes a mail server send the mail back."""


def exit_code(error: errors.TuideskError) -> int:
    """Return the exit code of an error, as `tuidesk --help` lists them."""
    match error:
        case errors.NotFound():
            return NOT_FOUND
        case errors.Denied() | errors.NotAdmin() | errors.LoginFailed() | errors.NotMapped():
            return DENIED
        case errors.StaleTicket() | errors.LockedByOther():
            return CONFLICT
        case errors.DatabaseUnavailable() | errors.MailServerError():
            return UNAVAILABLE
        case errors.ConfigError() | errors.DatabaseTooNew() | errors.DatabaseTooOld() | errors.DatabaseForeign() | errors.SecretError():
            return CONFIG
        case _:
            return REFUSED
