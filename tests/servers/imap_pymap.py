"""pymap, an IMAP server that pip installs, holding its mail in memory; every user name has an account.

No implicit TLS here (STARTTLS only) and no keywords: where that matters, tests use Dovecot or the scripted
server. Its Maildir backend is no choice, because that rewrites line ends.
"""

from __future__ import annotations

import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.certificate import make_certificate
from servers.imap_account import PASSWORD, ImapServer, answers, free_port
from servers.supervise import Supervised

# The memory backend has one user; here each name is that user, with mailboxes of its own.
# Nothing in it holds the tasks of its connections, so a collection of garbage may end one in the middle of an answer.
_LAUNCHER = """
import dataclasses
import gc
gc.disable()
from pymap.backend.dict import Login
from pymap.main import main
class Everybody(dict):
    def get(self, name, default=None):
        for user in self.values():
            return dataclasses.replace(user, name=name)
        return default
start = Login.__init__
def start_for_everybody(self, config):
    start(self, config)
    self.users_dict = Everybody()
Login.__init__ = start_for_everybody
main()
"""


@contextmanager
def running_pymap() -> Iterator[ImapServer]:
    """Yield a running pymap; raises ServerFailed when it cannot be started."""
    directory = Path(tempfile.mkdtemp(prefix="tdpm"))
    certificate = make_certificate(directory)
    port = free_port()
    command = [
        *(sys.executable, "-c", _LAUNCHER, "--no-service", "admin"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--cert", str(certificate.certificate), "--key", str(certificate.key)),
        *("dict", "--demo-user", "nobody", "--demo-password", PASSWORD),
    ]
    supervised = Supervised(command, directory, ending=signal.SIGTERM)
    try:
        supervised.wait_until(lambda: answers(port))
        yield ImapServer("pymap", "localhost", port, 0, certificate.certificate, _new_user)
    finally:
        supervised.stop()


def _new_user() -> str:
    return f"u{secrets.token_hex(6)}"
