"""A mailbox is fetched by one process at a time: whoever finds it held comes back when that can be over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from desk.desk_fixture import DeskOnTrial
from soak.daemon_process import mailbox
from tuidesk.core.store import leases, tx
from tuidesk.core.work.poller import Poller

LEASE = timedelta(seconds=2)


def test_a_mailbox_that_is_held_is_tried_again_once_the_lease_can_be_over(own_desk: DeskOnTrial, tmp_path: Path) -> None:
    desk = own_desk
    mailbox(desk, tmp_path)
    poller = Poller(
        desk.desk.path, 1, "second", secrets_file=tmp_path / "secrets", interval_s=60, lease=LEASE, on_new=lambda: None
    )
    tx.write(desk.engines, lambda c: leases.take_lease(c, poller.name, "first", desk.clock.now(), LEASE))
    assert poller.run_once(lambda: True) == LEASE.total_seconds()
    desk.clock.at += LEASE
    assert poller.run_once(lambda: True) == 60  # it is hers now, and told to stop at once
