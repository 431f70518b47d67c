"""Fixtures that every test may ask for: databases and mail servers. No test, no assertion, no data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from servers.certificate import Certificate, make_certificate
from servers.imap_account import ImapAccount, ImapServer
from servers.imap_dovecot import dovecot_program, running_dovecot
from servers.imap_pymap import running_pymap
from servers.postgres import FreshDatabase, PostgresServer, PostgresUnavailable, running_postgres
from servers.smtp_sink import SmtpSink, running_smtp_sink
from servers.supervise import ServerFailed

settings.register_profile("untimed", deadline=None)  # how long an example takes says nothing on a busy machine
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for this test process; without one the tests fail, they are never skipped."""
    try:
        with running_postgres() as server:
            yield server
    except PostgresUnavailable as error:
        pytest.fail(f"PostgreSQL is needed: {error}")


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """URL of the server's maintenance database."""
    return postgres_server.url


@pytest.fixture
def fresh_postgres(postgres_server: PostgresServer) -> Iterator[FreshDatabase]:
    """Call it for the URL of a new database (optionally a copy of `template`); all are dropped afterwards."""
    made: list[str] = []

    def create(template: str | None = None) -> str:
        made.append(postgres_server.create_database(template))
        return made[-1]

    yield create
    for url in made:
        postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a new, empty database: the test runs once on SQLite (a file) and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tuidesk.sqlite3'}"
    fresh: FreshDatabase = request.getfixturevalue("fresh_postgres")
    return fresh()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A self-signed certificate for localhost."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session", params=["dovecot", "pymap"] if dovecot_program() else ["pymap"])
def imap_server(request: pytest.FixtureRequest) -> Iterator[ImapServer]:
    """A real IMAP server: the test runs once on Dovecot, where it is installed, and once on pymap."""
    try:
        with running_dovecot() if request.param == "dovecot" else running_pymap() as server:
            yield server
    except ServerFailed as error:
        pytest.fail(f"{request.param} is needed: {error}")


@pytest.fixture
def imap_account(imap_server: ImapServer) -> ImapAccount:
    """An account on it that no other test uses, with an empty INBOX."""
    return imap_server.new_account()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """An SMTP server in clear text; `servers.smtp_sink.running_smtp_sink` makes others."""
    with running_smtp_sink() as sink:
        yield sink
