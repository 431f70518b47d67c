"""A real Dovecot (2.3 or 2.4) on free ports, for root and for a normal user; every user name has an account."""

from __future__ import annotations

import grp
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.certificate import Certificate, make_certificate
from servers.imap_account import PASSWORD, ImapServer, answers, free_port
from servers.supervise import ServerFailed, Supervised, unprivileged


def dovecot_program() -> str | None:
    """Return the path of the installed Dovecot, None when there is none."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def running_dovecot() -> Iterator[ImapServer]:
    """Yield a running Dovecot; raises ServerFailed when it cannot be started."""
    program = dovecot_program()
    if program is None:
        raise ServerFailed("Dovecot is not installed")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.match(r"(\d+)\.(\d+)", said)
    if version is None:
        raise ServerFailed(f"Dovecot has no version: {said!r}")
    # directly below /tmp: the path of a socket may have 107 bytes
    directory = Path(tempfile.mkdtemp(prefix="tddc", dir="/tmp"))
    directory.chmod(0o755)  # mail processes run as another user when we are root
    certificate = make_certificate(directory)
    mail = directory / "mail"
    mail.mkdir()
    identity = unprivileged("nobody")
    if identity is not None:
        os.chown(mail, *identity)
    port, tls_port = free_port(), free_port()
    modern = (int(version[1]), int(version[2])) >= (2, 4)
    text = _modern(directory, certificate, identity) if modern else _classic(directory, certificate, identity)
    config = directory / "dovecot.conf"
    config.write_text(text + _services(port, tls_port, identity))
    supervised = Supervised([program, "-F", "-c", str(config)], directory, ending=signal.SIGTERM)
    try:
        supervised.wait_until(lambda: answers(port))
        yield ImapServer("dovecot", "localhost", port, tls_port, certificate.certificate, _new_user)
    finally:
        supervised.stop()


def _new_user() -> str:
    return f"u{secrets.token_hex(6)}"


def _classic(directory: Path, certificate: Certificate, identity: tuple[int, int] | None) -> str:
    uid, gid = identity or (os.geteuid(), os.getegid())
    return f"""
base_dir = {directory}/run
state_dir = {directory}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate.certificate}
ssl_key = <{certificate.key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_fsync = never
first_valid_uid = 0
first_valid_gid = 0
mail_max_userip_connections = 200
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={directory}/mail/%u
}}
"""


def _modern(directory: Path, certificate: Certificate, identity: tuple[int, int] | None) -> str:
    """The same for Dovecot 2.4, whose settings have other names."""
    uid, gid = identity or (os.geteuid(), os.getegid())
    return f"""
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = {directory}/run
state_dir = {directory}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_server_cert_file = {certificate.certificate}
ssl_server_key_file = {certificate.key}
auth_allow_cleartext = yes
auth_mechanisms = plain login
auth_failure_delay = 0
mail_driver = maildir
mail_path = ~/Maildir
mail_fsync = never
first_valid_uid = 0
first_valid_gid = 0
mail_max_userip_connections = 200
passdb static {{
  password = {PASSWORD}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {directory}/mail/%{{user}}
  }}
}}
"""


def _services(port: int, tls_port: int, identity: tuple[int, int] | None) -> str:
    internal = ""
    if identity is None:  # as a normal user, all of its processes run as that user
        me, mine = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
        internal = f"""
default_internal_user = {me}
default_login_user = {me}
default_internal_group = {mine}
"""
    # without the listener no login waits for an earlier wrong password
    return f"""{internal}
namespace inbox {{
  inbox = yes
  separator = /
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""
