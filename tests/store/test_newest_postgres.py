"""The desk on the newest PostgreSQL that is here: each version reserves words and forbids what the last one took."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk.desk_fixture import BEN, Databases, DeskOnTrial, anna, ben, note, on_trial
from servers.postgres import running_postgres
from tuidesk.core.admin.agents import map_system_account
from tuidesk.core.domain.filters import OPEN
from tuidesk.core.domain.ops import SetOwner
from tuidesk.core.store import tx
from tuidesk.core.store.check import faults
from tuidesk.core.store.identity import logins_of
from tuidesk.core.store.ticket_lists import Page, Sort


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOnTrial]:
    """A desk on that server."""
    with running_postgres(newest=True) as server:
        url = Databases(tmp_path_factory.mktemp("newest"), lambda: server).template("postgresql")
        with on_trial(url) as desk:
            yield desk


def test_the_loop_of_a_ticket(newest: DeskOnTrial) -> None:
    ticket = newest.mail(body="the quokka is late")
    newest.do(anna, ticket, note("asked the carrier"), SetOwner(BEN))
    viewer = newest.viewer(ben)
    assert [row.id for row in newest.desk.page(viewer, OPEN, Sort.URGENT, Page())] == [ticket.id]
    assert [hit.ticket_id for hit in newest.desk.search(viewer, "quokka")] == [ticket.id]
    assert len(newest.desk.dashboard(viewer).mine) == 1
    map_system_account(newest.engines, newest.clock, "account:root", "ben", "bhahn")
    assert logins_of(newest.engines, "bhahn") == {"ben"}
    with tx.read(newest.engines) as connection:
        assert list(faults(connection, newest.desk.path.config_within(connection))) == []
