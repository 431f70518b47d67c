"""Full text search: the same hits on both databases, and never more than the searcher may read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from desk.desk_fixture import (
    BEN,
    CORA,
    NOOR,
    SALES,
    SECRET,
    SECRET_GROUP,
    SUPPORT,
    SUPPORT_GROUP,
    DeskOnTrial,
    anna,
    ben,
    cora,
    file,
    noor,
    note,
)
from tuidesk.core.domain.actor import AgentActor
from tuidesk.core.domain.ops import (
    Absorb,
    Change,
    MergeInto,
    SetOwner,
    SetQueue,
    SetResponsible,
    UnlockTicket,
    Unwatch,
    Watch,
)
from tuidesk.core.domain.search_words import query_words, search_words
from tuidesk.core.domain.ticket import Ticket
from tuidesk.core.domain.viewer import Viewer
from tuidesk.core.store import search as store_search
from tuidesk.core.store import tx
from tuidesk.core.store.search_index import scope_tokens

TEXTS = (
    "Grüße aus Łódź, Straße 5",
    "GRUSSE aus lodz; strasse",
    "it's O'Reilly's \"quoted\" (text) and/or more",
    "東京都の天気 is fine",
    "g4 g5 p2 p3 §g5 §p2 scope words",
    'scope : g5 OR words : p2 AND NOT "x" NEAR(a b)',
    "под_черкивание under_score a.b@c.test 50% off & 'q' | !not <-> :*",
    "ﬁne ﬂour ½ ① ２０２６ naïve café cafe\u0301",
    "!!! ... ---",
)
QUERIES = (
    "grusse", "GRÜSSE lodz", "strasse", "o'reilly", '"quoted"', "and or", "東京", "天気", "京都", "g5", "§g5", "p2",
    "scope", "words : g5", 'x" OR scope : g5', "under_score", "score", "c.test", "50%", "& | !", "fine flour", "1 2026",
    "naive cafe", "nothing-of-it", "'q'", "", "a b", "NOT", "NEAR", "*", "g4 OR g5",
)  # fmt: skip


@pytest.fixture(scope="module")
def library(desk_of_module: DeskOnTrial) -> DeskOnTrial:
    """A desk whose tickets say all kinds of things."""
    for n, text in enumerate(TEXTS * 2):
        queue = (SUPPORT, SECRET, SALES)[n % 3]
        ticket = desk_of_module.mail(queue, subject=text[::-1], body=text, attachments=(file(f"report{n}.pdf"),))
        if n % 4 == 0:
            desk_of_module.do(anna, ticket, note(text.upper()), Watch(NOOR if n % 8 == 0 else CORA))
    return desk_of_module


def _said(desk: DeskOnTrial) -> list[tuple[int, int, set[str]]]:
    """Return (article id, ticket id, words) of all articles."""
    rows = desk.rows("select id, ticket_id, subject, sender, recipient, cc, body from article order by id desc")
    names = {}
    for article_id, name in desk.rows("select article_id, name from attachment"):
        names[article_id] = name
    return [(row[0], row[1], set(search_words(" \n".join((*row[2:], names.get(row[0], "")))))) for row in rows]


def _may_see(desk: DeskOnTrial, viewer: Viewer, ticket: Ticket) -> bool:
    mine = viewer.agent_id in {ticket.owner_id, ticket.responsible_id, *desk.kin(ticket).watchers}
    return mine or ticket.queue_id in viewer.queue_ids


@pytest.mark.parametrize("actor", [anna, ben, cora, noor])
def test_hits_are_the_readable_articles_that_hold_all_words(library: DeskOnTrial, actor: AgentActor) -> None:
    viewer = library.viewer(actor)
    said = _said(library)
    readable = {
        ticket_id: _may_see(library, viewer, library.ticket(ticket_id)) for ticket_id in {row[1] for row in said}
    }
    found_any = False
    for query in QUERIES:
        words = set(query_words(query))
        expected = [number for number, ticket, has in said if words and words <= has and readable[ticket]]
        hits = library.desk.search(viewer, query, limit=1000)
        assert [hit.article_id for hit in hits] == expected, query
        found_any = found_any or bool(hits)
    assert found_any


def test_pages_go_on_where_the_last_one_ended(library: DeskOnTrial) -> None:
    for actor in (anna, ben):
        viewer = library.viewer(actor)
        whole = [hit.article_id for hit in library.desk.search(viewer, "customer", limit=1000)]
        assert len(whole) > 6
        paged: list[int] = []
        while page := library.desk.search(viewer, "customer", limit=4, before=paged[-1] if paged else None):
            paged += [hit.article_id for hit in page]
        assert paged == whole


@pytest.mark.parametrize(
    "limits", [{"FEW_TOKENS": 0}, {"FEW_TOKENS": 0, "near": 3}, {"FEW_TOKENS": 0, "MAX_TOKENS": 0, "near": 3}]
)
def test_every_way_to_find_a_page_finds_the_same(
    library: DeskOnTrial, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int]
) -> None:
    """Viewers of one group ask the index alone; those of many look at the newest first, and then further."""

    def found(viewer: Viewer) -> dict[tuple[str, int, int | None], Any]:
        return {
            (query, limit, before): library.desk.search(viewer, query, limit=limit, before=before)
            for query in QUERIES
            for limit in (2, 50)
            for before in (None, 7)
        }

    for actor in (ben, cora, noor):
        viewer = library.viewer(actor)
        by_index = found(viewer)
        assert any(by_index.values()) or actor is noor
        with monkeypatch.context() as patched:
            for name, value in limits.items():
                if name == "near":
                    for index in ("_SQLITE", "_POSTGRESQL"):
                        patched.setattr(store_search, index, replace(getattr(store_search, index), near=value))
                else:
                    patched.setattr(store_search, name, value)
            assert found(viewer) == by_index


def test_the_rest_is_not_looked_for_once_there_is_a_page(
    library: DeskOnTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_search, "FEW_TOKENS", 0)
    viewer = library.viewer(ben)
    query = store_search.search_query(library.engines.dialect, viewer, "customer", limit=2)
    assert query is not None
    if library.is_sqlite:
        # a match that the index refuses says whether it was asked at all
        broken = tuple("broken (" if isinstance(one, str) and "scope" in one else one for one in query.params)
        assert len(tx.alone(library.engines, query.text, broken)) == 2
    else:
        plan = "\n".join(row[0] for row in tx.alone(library.engines, "explain analyze " + query.text, query.params))
        far = plan[plan.index("CTE far") :]
        assert "(never executed)" in far[: far.index("->  Nested Loop")], plan


# --- forged scopes ------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", [ben, cora, noor])
def test_words_that_look_like_a_scope_show_nothing_more(own_desk: DeskOnTrial, actor: AgentActor) -> None:
    desk = own_desk
    viewer = desk.viewer(actor)
    forged = f"g{SUPPORT_GROUP} g{SECRET_GROUP} §g{SUPPORT_GROUP} p{actor.agent_id} §p{actor.agent_id} secretword"
    queue = next(queue for queue in (SECRET, SUPPORT) if queue not in viewer.queue_ids)
    desk.mail(queue, body=f'{forged} scope:p{actor.agent_id} "g4"', subject=forged, sender=f"p{actor.agent_id}@x.test")
    assert len(desk.desk.search(desk.viewer(anna), "secretword")) == 1
    for query in ("secretword", *forged.split(), 'secretword" OR scope : g5', "secretword OR scope"):
        assert desk.desk.search(viewer, query) == [], query


# --- the scope follows the ticket ---------------------------------------------------------------


def _finders(desk: DeskOnTrial, word: str) -> set[str]:
    everybody = (anna, ben, cora, noor)
    return {actor.login for actor in everybody if desk.desk.search(desk.viewer(actor), word)}


def test_a_move_takes_the_words_along(desk: DeskOnTrial) -> None:
    ticket = desk.mail(SUPPORT, body="moveword")
    assert _finders(desk, "moveword") == {"anna", "ben"}
    desk.do(anna, ticket, SetQueue(SECRET))
    assert _finders(desk, "moveword") == {"anna", "cora"}
    desk.do(anna, ticket, SetQueue(SUPPORT), note("later moveword"))
    assert _finders(desk, "later") == _finders(desk, "moveword") == {"anna", "ben"}


def test_owner_responsible_and_watcher_find_their_ticket(desk: DeskOnTrial) -> None:
    ticket = desk.mail(SECRET, body="takeword")
    desk.do(anna, ticket, SetOwner(BEN), UnlockTicket())
    assert _finders(desk, "takeword") == {"anna", "ben", "cora"}
    desk.do(anna, ticket, SetOwner(anna.agent_id), UnlockTicket(), SetResponsible(NOOR))
    assert _finders(desk, "takeword") == {"anna", "cora", "noor"}
    desk.do(anna, ticket, Watch(BEN), note("watchword"))
    assert _finders(desk, "watchword") == _finders(desk, "takeword") == {"anna", "ben", "cora", "noor"}
    desk.do(anna, ticket, Unwatch(BEN))
    assert _finders(desk, "watchword") == {"anna", "cora", "noor"}


def test_a_merge_moves_the_words_into_the_scope_of_the_main_ticket(desk: DeskOnTrial) -> None:
    for n, order in enumerate((1, -1)):
        main, merged = desk.mail(SECRET), desk.mail(SUPPORT, body=f"mergeword{n}")
        desk.do(anna, merged, Watch(NOOR))
        assert _finders(desk, f"mergeword{n}") == {"anna", "ben", "noor"}
        changes = (Change(merged.id, (MergeInto(main.id),)), Change(main.id, (Absorb(merged.id),)))
        desk.act(anna, *changes[::order])
        assert _finders(desk, f"mergeword{n}") == {"anna", "cora", "noor"}
        (hit,) = desk.desk.search(desk.viewer(anna), f"mergeword{n}")
        assert (hit.ticket_id, hit.article_no, hit.queue_id) == (main.id, 2, SECRET)


def test_the_index_holds_what_the_documents_say(library: DeskOnTrial) -> None:
    """The scope of every document is that of its ticket, and the index has forgotten every older one."""
    config = library.desk.config()
    rows = library.rows("select article_id, ticket_id, scope from doc")
    for _, ticket_id, scope in rows:
        ticket = library.ticket(ticket_id)
        people = {ticket.owner_id, ticket.responsible_id, *library.kin(ticket).watchers}
        assert scope == scope_tokens(config.queues[ticket.queue_id].group_id, people)
    if library.is_sqlite:
        with library.engines.write.begin() as connection:
            connection.exec_driver_sql("insert into doc_index(doc_index, rank) values ('integrity-check', 1)")
