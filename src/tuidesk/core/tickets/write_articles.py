"""Writing the articles of an act: their rows, attachments, search documents and mails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from tuidesk.core.domain.search_words import search_words
from tuidesk.core.domain.text import address_key, storable
from tuidesk.core.domain.ticket import NewArticle
from tuidesk.core.mail.compose import Letter, compose
from tuidesk.core.store.auto_replies import count_reply
from tuidesk.core.store.blobs import put_blobs
from tuidesk.core.store.outbox import MailToSend, insert_mails
from tuidesk.core.store.search_index import Document, add_documents
from tuidesk.core.store.ticket_writes import article_row, insert_articles, insert_attachments
from tuidesk.core.tickets.decision import PlacedArticle, PlacedChange, Surroundings
from tuidesk.core.tickets.scope import scope_of


def write_articles(
    connection: sa.Connection, changes: Sequence[PlacedChange], around: Surroundings
) -> None:
    """Write all new articles of an act with what belongs to them."""
    new = [(change, item) for change in changes for item in change.articles]
    if not new:
        return
    insert_articles(
        connection,
        [
            article_row(
                item.id, change.after.id, item.no, change.change_id, item.article, item.message_id, around.now
            )
            for change, item in new
        ],
    )
    _write_attachments(connection, [item for _, item in new])
    for change in changes:
        documents = [
            Document(item.id, change.after.id, search_words(_searchable(item.article)))
            for item in change.articles
        ]
        add_documents(connection, documents, scope_of(connection, change, around.config))
    insert_mails(connection, [_mail(item, around) for _, item in new if item.article.send], around.now)
    for _, item in new:
        if item.article.send and item.article.send.automatic:
            for address in item.article.send.recipients:
                count_reply(connection, around.today, address_key(address))


def _write_attachments(connection: sa.Connection, articles: Sequence[PlacedArticle]) -> None:
    files = [(item, n, file) for item in articles for n, file in enumerate(item.article.attachments, 1)]
    if not files:
        return
    digests = put_blobs(connection, [file.data for _, _, file in files])
    insert_attachments(
        connection,
        [
            {
                "article_id": item.id,
                "n": n,
                "name": storable(file.name),
                "content_type": storable(file.content_type),
                "disposition": file.disposition,
                "content_id": storable(file.content_id),
                "size_bytes": len(file.data),
                "sha256": digest,
            }
            for (item, n, file), digest in zip(files, digests, strict=True)
        ],
    )


def _searchable(article: NewArticle) -> str:
    """Return the text that a search looks through (OTRS rule: sender, recipients, subject, body, files)."""
    names = " ".join(file.name for file in article.attachments)
    return "\n".join((article.subject, article.sender, article.to, article.cc, names, article.body))


def _mail(item: PlacedArticle, around: Surroundings) -> MailToSend:
    article, send = item.article, item.article.send
    if send is None or item.outbox_id is None:
        raise AssertionError("only articles that leave are composed")
    raw = compose(
        Letter(
            sender=article.sender,
            to=article.to,
            cc=article.cc,
            subject=article.subject,
            body=article.body,
            message_id=item.message_id,
            date=around.now,
            in_reply_to=article.in_reply_to,
            references=article.references,
            attachments=article.attachments,
            automatic=send.automatic,
        )
    )
    return MailToSend(
        id=item.outbox_id,
        article_id=item.id,
        message_id=item.message_id,
        envelope_from=send.envelope_from,
        recipients=send.recipients,
        raw=raw,
        not_before=around.now + timedelta(seconds=send.delay_s),
    )
