"""A Maildir on both sides of a desk: what a customer sends, and what the desk has sent."""

from __future__ import annotations

import email
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from pathlib import Path

from desk.desk_fixture import DeskOnTrial
from tuidesk.core.mail.intake import Intake, Taken
from tuidesk.core.mail.maildir import MaildirSource, MaildirTransport, deliver
from tuidesk.core.mail.spool import acknowledge_rest, fetch
from tuidesk.core.work.sender import Sender

SOURCE = 1


@dataclass
class Post:
    """Takes mail to a desk and away from it, step by step, as the background jobs do."""

    desk: DeskOnTrial
    folder: Path
    position: str = ""
    max_size_bytes: int = 32 << 20
    holders: int = 0
    lease: timedelta = field(default=timedelta(minutes=5))

    @property
    def inbox(self) -> Path:
        """Where customers' mail arrives."""
        return self.folder / "in"

    @property
    def sent(self) -> Path:
        """Where the desk's mail lands."""
        return self.folder / "out"

    def send(self, *mails: bytes) -> None:
        """Put mails into the mailbox that the desk fetches."""
        for mail in mails:
            deliver(self.inbox, mail)

    def fetch(self) -> int:
        """Spool what is new."""
        for part in ("tmp", "new", "cur"):
            (self.inbox / part).mkdir(parents=True, exist_ok=True)

        def save(connection: object, position: str) -> None:
            self.position = position

        with MaildirSource(self.inbox, "mark") as source:
            acknowledge_rest(source, self.desk.engines, self.desk.clock, SOURCE)
            return fetch(
                source, self.desk.engines, self.desk.clock, SOURCE, self.position, save, old_before=None
            )

    def take_in(self) -> list[Taken]:
        """Take in what is spooled, as a new worker."""
        self.holders += 1
        intake = Intake(
            self.desk.desk.path,
            holder=f"worker-{self.holders}",
            max_size_bytes=self.max_size_bytes,
            html_to_text=None,
            lease=self.lease,
        )
        return intake.run()

    def receive(self, *mails: bytes) -> list[Taken]:
        """Send mails and take them in."""
        self.send(*mails)
        self.fetch()
        return self.take_in()

    def send_out(self) -> None:
        """Send what is due, as a new worker."""
        self.holders += 1
        transport = MaildirTransport(self.sent)
        Sender(self.desk.desk.path, lambda: transport, f"worker-{self.holders}", self.lease).run_once(lambda: False)

    def letters(self) -> list[Message]:
        """Return what the desk has sent so far."""
        if not self.sent.exists():
            return []
        files = [path for part in ("new", "cur") for path in sorted((self.sent / part).iterdir())]
        return [email.message_from_bytes(path.read_bytes()) for path in files]
