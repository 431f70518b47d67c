"""Blobs: bytes stored once under their SHA-256, in chunks of at most 1 MB."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from tuidesk.core.store import schema
from tuidesk.core.store.fixed_sql import fixed, fixed_insert

CHUNK_BYTES = 1 << 20

# two writers may bring the same blob at once: the second finds it there and is content
_INSERT_BLOB = fixed_insert(schema.blob, "on conflict do nothing")
_INSERT_CHUNK = fixed_insert(schema.blob_chunk, "on conflict do nothing")


def put_blobs(connection: sa.Connection, contents: Iterable[bytes]) -> list[bytes]:
    """Store each content that is not there yet; return the digests in order."""
    digests, new = [], {}
    for content in contents:
        digest = hashlib.sha256(content).digest()
        digests.append(digest)
        new[digest] = content
    if not new:
        return digests
    wanted = fixed(f"select sha256 from blob where sha256 in ({', '.join('?' for _ in new)})")
    known = {bytes(digest) for (digest,) in wanted.run(connection, *new)}
    # sorted, so that two writers of the same blobs wait for each other instead of deadlocking
    fresh = [(digest, new[digest]) for digest in sorted(new) if digest not in known]
    if not fresh:
        return digests
    _INSERT_BLOB.run(connection, [{"sha256": digest, "size_bytes": len(content)} for digest, content in fresh])
    _INSERT_CHUNK.run(
        connection,
        [
            # a view: of a large file no second copy is made
            {"sha256": digest, "n": n, "bytes": memoryview(content)[start : start + CHUNK_BYTES]}
            for digest, content in fresh
            for n, start in enumerate(range(0, max(len(content), 1), CHUNK_BYTES))
        ],
    )
    return digests


def read_blob(connection: sa.Connection, sha256: bytes) -> Iterator[bytes]:
    """Yield the chunks of a blob in order."""
    chunk = schema.blob_chunk.c
    query = sa.select(chunk.bytes).where(chunk.sha256 == sha256).order_by(chunk.n)
    for (part,) in connection.execute(query):
        yield bytes(part)


def read_blobs(connection: sa.Connection, digests: Iterable[bytes]) -> dict[bytes, bytes]:
    """Return several small blobs by digest, in one statement; one that is not there is left out."""
    chunk = schema.blob_chunk.c
    query = sa.select(chunk.sha256, chunk.bytes).where(chunk.sha256.in_(list(digests))).order_by(chunk.sha256, chunk.n)
    found: dict[bytes, bytes] = {}
    for sha256, part in connection.execute(query):
        found[bytes(sha256)] = found.get(bytes(sha256), b"") + bytes(part)
    return found
