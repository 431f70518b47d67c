"""SQL of customer users and companies: keyset pages, and the look-up that mail intake makes.

Invariant: a valid customer is found by the exact key of her address, never by a part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from tuidesk.core.domain.text import address_key, storable
from tuidesk.core.errors import AlreadyExists, NotFound
from tuidesk.core.store import schema
from tuidesk.core.store.fixed_sql import fixed

_u = schema.customer_user.c
_c = schema.customer_company.c
_SCANNED_ROWS = 5000


class KnownCustomer(NamedTuple):
    """Whose ticket a mail becomes."""

    login: str
    customer_id: str


class CustomerByLogin(NamedTuple):
    """Whose login it is, and where mail to her goes."""

    login: str
    customer_id: str
    email: str


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer user."""

    id: int
    login: str
    email: str
    name: str
    customer_id: str
    phone: str
    comment: str
    valid: bool


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A customer (company)."""

    customer_id: str
    name: str
    comment: str
    valid: bool


_BY_EMAIL = fixed("select login, customer_id from customer_user where email_key = ? and valid")


def customer_by_email(connection: sa.Connection, address: str) -> KnownCustomer | None:
    """Return the valid customer user with that bare address, whatever its case."""
    row = _BY_EMAIL.run(connection, address_key(address)).one_or_none()
    return None if row is None else KnownCustomer(row.login, row.customer_id)


_BY_LOGIN = fixed("select login, customer_id, email from customer_user where login_key = ? and valid")


def customer_by_login(connection: sa.Connection, login: str) -> CustomerByLogin | None:
    """Return the valid customer user with that login, whatever its case."""
    row = _BY_LOGIN.run(connection, address_key(login)).one_or_none()
    return None if row is None else CustomerByLogin(row.login, row.customer_id, row.email)


# --- customer users -----------------------------------------------------------------------------


def customer_page(
    connection: sa.Connection, *, part: str = "", after: str = "", limit: int = 50
) -> Sequence[CustomerRow]:
    """Return customers in the order of their logins, after the login `after`, disabled ones too.

    `part` keeps those whose login, address, name or customer id holds it, whatever its case. Without a
    part a page costs its rows; with one, at worst a walk over all customers.
    """
    wanted = _folded(storable(part).strip())
    key, found = address_key(after), list[CustomerRow]()
    while len(found) < limit:
        size = limit if not wanted else _SCANNED_ROWS
        query = sa.select(schema.customer_user).where(_u.login_key > key).order_by(_u.login_key).limit(size)
        rows = connection.execute(query).all()
        found += [_customer(row) for row in rows if not wanted or _holds(row, wanted)]
        if len(rows) < size:
            break
        key = rows[-1].login_key
    return found[:limit]


def _holds(row: sa.Row[Any], wanted: str) -> bool:
    # the folded form of names is not stored, and no SQL folds the same on both databases
    return wanted in _folded(f"{row.login}\n{row.email}\n{row.name}\n{row.customer_id}")


def _folded(text: str) -> str:
    """Return a storable text for comparing; a full key costs too much for a walk over all rows."""
    return text.casefold()


def customer_with_login(connection: sa.Connection, login: str) -> CustomerRow:
    """Return a customer user by login, whatever its case. Raises NotFound."""
    query = sa.select(schema.customer_user).where(_u.login_key == address_key(login))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("customer", login)
    return _customer(row)


def insert_customer(connection: sa.Connection, customer: CustomerRow) -> int:
    """Make a customer user; return the id. Raises AlreadyExists for a login or address that is taken."""
    if connection.execute(sa.select(_u.id).where(_u.login_key == address_key(customer.login))).first():
        raise AlreadyExists("customer", customer.login)
    _check_address_free(connection, customer)
    made = sa.insert(schema.customer_user).values(_values(customer)).returning(_u.id)
    return int(connection.execute(made).scalar_one())


def update_customer(connection: sa.Connection, customer: CustomerRow) -> None:
    """Write all of a customer user but the login. Raises AlreadyExists for an address that is taken."""
    _check_address_free(connection, customer)
    connection.execute(sa.update(schema.customer_user).where(_u.id == customer.id).values(_values(customer)))


def _check_address_free(connection: sa.Connection, customer: CustomerRow) -> None:
    query = sa.select(_u.id).where(_u.email_key == address_key(customer.email), _u.id != customer.id)
    if connection.execute(query).first() is not None:
        raise AlreadyExists("customer address", customer.email)


def _values(customer: CustomerRow) -> dict[str, Any]:
    return {
        "login": customer.login,
        "login_key": address_key(customer.login),
        "email": customer.email,
        "email_key": address_key(customer.email),
        "name": customer.name,
        "customer_id": customer.customer_id,
        "phone": customer.phone,
        "comment": customer.comment,
        "valid": customer.valid,
    }


def _customer(row: sa.Row[Any]) -> CustomerRow:
    return CustomerRow(row.id, row.login, row.email, row.name, row.customer_id, row.phone, row.comment, bool(row.valid))


# --- companies ----------------------------------------------------------------------------------


def company_page(
    connection: sa.Connection, *, part: str = "", after: str = "", limit: int = 50
) -> Sequence[CompanyRow]:
    """Return companies in the order of their ids, after `after`, disabled ones too; `part` as for customers."""
    wanted = _folded(storable(part).strip())
    # byte order, as SQLite has it: an order by locale would differ between databases
    key = _c.customer_id if connection.dialect.name == "sqlite" else _c.customer_id.collate("C")
    last, found = after, list[CompanyRow]()
    while len(found) < limit:
        size = limit if not wanted else _SCANNED_ROWS
        query = sa.select(schema.customer_company).where(key > last).order_by(key).limit(size)
        rows = connection.execute(query).all()
        found += [_company(row) for row in rows if not wanted or wanted in _folded(f"{row.customer_id}\n{row.name}")]
        if len(rows) < size:
            break
        last = rows[-1].customer_id
    return found[:limit]


def company_with_id(connection: sa.Connection, customer_id: str) -> CompanyRow:
    """Return a company by its exact id. Raises NotFound."""
    query = sa.select(schema.customer_company).where(_c.customer_id == customer_id.strip())
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("company", customer_id)
    return _company(row)


def insert_company(connection: sa.Connection, company: CompanyRow) -> None:
    """Make a company. Raises AlreadyExists."""
    query = sa.select(_c.customer_id).where(_c.customer_id == company.customer_id)
    if connection.execute(query).first() is not None:
        raise AlreadyExists("company", company.customer_id)
    connection.execute(
        sa.insert(schema.customer_company).values(
            customer_id=company.customer_id, name=company.name, comment=company.comment, valid=company.valid
        )
    )


def update_company(connection: sa.Connection, company: CompanyRow) -> None:
    """Write all of a company but its id."""
    connection.execute(
        sa.update(schema.customer_company)
        .where(_c.customer_id == company.customer_id)
        .values(name=company.name, comment=company.comment, valid=company.valid)
    )


def _company(row: sa.Row[Any]) -> CompanyRow:
    return CompanyRow(row.customer_id, row.name, row.comment, bool(row.valid))
