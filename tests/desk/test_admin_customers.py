"""Customer users and companies: by address, in pages, by a part of what is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tuidesk.core.admin import customers
from tuidesk.core.admin.config_log import why_config
from tuidesk.core.clock import FrozenClock
from tuidesk.core.errors import AlreadyExists, Invalid, NotFound
from tuidesk.core.store import admin_customers, schema, tx
from tuidesk.core.store.admin_customers import CustomerRow, customer_by_email
from tuidesk.core.store.engine import Engines, open_engines
from tuidesk.core.store.migrate import upgrade

CLOCK = FrozenClock(datetime(2026, 6, 1, 10, tzinfo=UTC))
BY = "account:root"


@pytest.fixture
def engines(database_url: str) -> Iterator[Engines]:
    opened = open_engines(database_url, durable=False)
    upgrade(opened)
    yield opened
    opened.dispose()


def add(engines: Engines, login: str, email: str = "", name: str = "", customer_id: str = "") -> CustomerRow:
    return customers.add_customer(engines, CLOCK, BY, login, email or f"{login}@customer.test", name, customer_id)


def known(engines: Engines, address: str) -> tuple[str, str] | None:
    with tx.read(engines) as connection:
        return customer_by_email(connection, address)


def logins(rows: object) -> list[str]:
    return [row.login for row in rows]  # type: ignore[attr-defined]


def test_mail_finds_its_customer_by_the_exact_address(engines: Engines) -> None:
    add(engines, "Mia", "Mia.May@Customer.test", "Mia May", "ACME")
    found = known(engines, " mia.may@CUSTOMER.test ")
    assert found == ("Mia", "ACME")
    for other in ("may@customer.test", "mia.may@customer", "%", "", "mia_may@customer.test"):
        assert known(engines, other) is None
    add(engines, "uli", "uli@straße.example")
    assert known(engines, "uli@strasse.example") is None
    customers.disable_customer(engines, CLOCK, BY, "mia")
    assert known(engines, "mia.may@customer.test") is None
    customers.set_customer(engines, CLOCK, BY, "mia", valid=True, email="mia@new.test", customer_id="")
    assert known(engines, "mia@new.test") == ("Mia", "")


def test_a_customer_is_changed(engines: Engines) -> None:
    made = customers.add_customer(
        engines, CLOCK, BY, "mia", "mia@customer.test", "", "ACME", "+49 1", "pays late\r\nbut pays"
    )
    assert (made.name, made.comment, made.valid) == ("mia", "pays late\nbut pays", True)
    assert customers.show_customer(engines, "MIA") == made
    changed = customers.set_customer(engines, CLOCK, BY, "Mia", name="Mia May", phone="")
    assert (changed.name, changed.phone, changed.email) == ("Mia May", "", made.email)
    edit = why_config(engines)[0]
    assert (edit.what, edit.before["phone"], edit.after["phone"]) == ("customer mia", "+49 1", "")


def test_customers_refused(engines: Engines) -> None:
    add(engines, "mia")
    ben = add(engines, "ben")
    for error, login, email in (
        (AlreadyExists, "MIA", "x@customer.test"),
        (AlreadyExists, "x", "Mia@Customer.test"),
        (Invalid, "a b", "x@customer.test"),
        (Invalid, "x", "x"),
        (Invalid, "x", " "),
    ):
        with pytest.raises(error):
            add(engines, login, email)
    with pytest.raises(AlreadyExists):
        customers.set_customer(engines, CLOCK, BY, "ben", email="MIA@customer.test")
    with pytest.raises(NotFound):
        customers.set_customer(engines, CLOCK, BY, "nobody", name="x")
    assert customers.show_customer(engines, "ben") == ben
    assert len(why_config(engines)) == 2


def test_pages_follow_the_logins(engines: Engines) -> None:
    for login in ("b", "A", "ä", "Z", "c"):
        add(engines, login)
    customers.disable_customer(engines, CLOCK, BY, "c")
    everybody = ["A", "b", "c", "Z", "ä"]
    seen: list[str] = []
    while page := customers.list_customers(engines, after=seen[-1] if seen else "", limit=2):
        seen += logins(page)
    assert seen == everybody


def test_a_part_is_looked_for_everywhere(engines: Engines) -> None:
    add(engines, "mia", "may@acme.test", "Mia Öztürk", "ACME-1")
    add(engines, "ben", "ben@other.test", "Ben 100%", "Straße")
    add(engines, "cora", "cora@other.test", "Cora", "x_y")
    for part, expected in (
        ("MIA", ["mia"]),
        ("acme.T", ["mia"]),
        ("öZTÜRK", ["mia"]),
        ("O\u0308ztürk", ["mia"]),
        ("acme-1", ["mia"]),
        ("STRASSE", ["ben"]),
        ("0%", ["ben"]),
        ("x_y", ["cora"]),
        ("other", ["ben", "cora"]),
        ("_", ["cora"]),
        ("nobody", []),
        ("", ["ben", "cora", "mia"]),
    ):
        assert logins(customers.list_customers(engines, part=part)) == expected, part
    assert logins(customers.list_customers(engines, part="other", limit=1)) == ["ben"]
    assert logins(customers.list_customers(engines, part="other", after="ben", limit=1)) == ["cora"]


def test_a_part_is_found_behind_many_others(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_customers, "_SCANNED_ROWS", 7)
    rows = [
        {"login": f"u{n:03}", "login_key": f"u{n:03}", "email": f"u{n}@x.test", "email_key": f"u{n}@x.test",
         "name": "even" if n % 2 == 0 else "odd", "customer_id": "", "phone": "", "comment": "", "valid": True}
        for n in range(60)
    ]  # fmt: skip
    tx.write(engines, lambda connection: connection.execute(sa.insert(schema.customer_user), rows))
    found = logins(customers.list_customers(engines, part="EVEN", limit=50))
    assert found == [f"u{n:03}" for n in range(0, 60, 2)]
    assert logins(customers.list_customers(engines, part="even", after="u056", limit=50)) == ["u058"]


def test_companies(engines: Engines) -> None:
    made = customers.add_company(engines, CLOCK, BY, " ACME ", "Acme & Söhne", "since 1920")
    assert (made.customer_id, made.valid) == ("ACME", True)
    for customer_id in ("zeta", "acme", "Ärzte", "Beta"):
        customers.add_company(engines, CLOCK, BY, customer_id, f"{customer_id} Ltd")
    with pytest.raises(AlreadyExists):
        customers.add_company(engines, CLOCK, BY, "ACME", "again")
    with pytest.raises(Invalid):
        customers.add_company(engines, CLOCK, BY, "X", " ")
    ids = ["ACME", "Beta", "acme", "zeta", "Ärzte"]
    assert [row.customer_id for row in customers.list_companies(engines)] == ids
    assert [row.customer_id for row in customers.list_companies(engines, after="Beta", limit=2)] == ["acme", "zeta"]
    assert [row.customer_id for row in customers.list_companies(engines, part="SÖHNE")] == ["ACME"]
    assert customers.set_company(engines, CLOCK, BY, "ACME", name="Acme").comment == "since 1920"
    assert not customers.disable_company(engines, CLOCK, BY, "ACME").valid
    assert customers.show_company(engines, "ACME").name == "Acme"
    for missing in ("Acme", "nowhere"):
        with pytest.raises(NotFound):
            customers.set_company(engines, CLOCK, BY, missing, valid=False)
