"""Customer users, the people who write, and the companies they belong to.

A customer's login and a company's id never change: tickets keep them as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tuidesk.core.admin.values import address_value, line_value, login_value, name_value, text_value
from tuidesk.core.clock import Clock
from tuidesk.core.store import admin_customers, tx
from tuidesk.core.store.admin_customers import CompanyRow, CustomerRow
from tuidesk.core.store.admin_log import Connection, Edited, edit_config
from tuidesk.core.store.engine import Engines

LINE_CHARACTERS = 250


def list_customers(engines: Engines, *, part: str = "", after: str = "", limit: int = 50) -> Sequence[CustomerRow]:
    """Return a page of customers in the order of their logins, disabled ones too.

    `after` is the last login of the page before; `part` is looked for in login, address, name and
    customer id, whatever its case.
    """
    with tx.read(engines) as connection:
        return admin_customers.customer_page(connection, part=part, after=after, limit=limit)


def show_customer(engines: Engines, login: str) -> CustomerRow:
    """Return a customer user. Raises NotFound."""
    with tx.read(engines) as connection:
        return admin_customers.customer_with_login(connection, login)


def add_customer(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    login: str,
    email: str,
    name: str,
    customer_id: str = "",
    phone: str = "",
    comment: str = "",
) -> CustomerRow:
    """Make a customer user; without a name she is called by her login.

    The customer id need not be that of a company that is known. Raises Invalid, and AlreadyExists for a
    login or an address that is taken.
    """
    checked_login = login_value("login", login)
    wanted = CustomerRow(
        id=0,
        login=checked_login,
        email=address_value("email", email),
        name=line_value("name", name, LINE_CHARACTERS) or checked_login,
        customer_id=line_value("customer_id", customer_id, LINE_CHARACTERS),
        phone=line_value("phone", phone, LINE_CHARACTERS),
        comment=text_value("comment", comment),
        valid=True,
    )

    def work(connection: Connection) -> Edited[CustomerRow]:
        made = replace(wanted, id=admin_customers.insert_customer(connection, wanted))
        return Edited(made, f"customer {made.login}", None, made)

    return edit_config(engines, clock, actor_label, work)


def set_customer(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    login: str,
    *,
    email: str | None = None,
    name: str | None = None,
    customer_id: str | None = None,
    phone: str | None = None,
    comment: str | None = None,
    valid: bool | None = None,
) -> CustomerRow:
    """Change a customer user; None leaves a value. Raises NotFound, Invalid, AlreadyExists.

    Tickets that are there keep the customer id they were made with.
    """
    new_email = None if email is None else address_value("email", email)
    new_name = None if name is None else line_value("name", name, LINE_CHARACTERS)
    new_id = None if customer_id is None else line_value("customer_id", customer_id, LINE_CHARACTERS)
    new_phone = None if phone is None else line_value("phone", phone, LINE_CHARACTERS)
    new_comment = None if comment is None else text_value("comment", comment)

    def work(connection: Connection) -> Edited[CustomerRow]:
        old = admin_customers.customer_with_login(connection, login)
        new = replace(
            old,
            email=old.email if new_email is None else new_email,
            name=old.name if new_name is None else new_name or old.login,
            customer_id=old.customer_id if new_id is None else new_id,
            phone=old.phone if new_phone is None else new_phone,
            comment=old.comment if new_comment is None else new_comment,
            valid=old.valid if valid is None else valid,
        )
        admin_customers.update_customer(connection, new)
        return Edited(new, f"customer {old.login}", old, new)

    return edit_config(engines, clock, actor_label, work)


def disable_customer(engines: Engines, clock: Clock, actor_label: str, login: str) -> CustomerRow:
    """Take mail of a customer for that of somebody unknown from now on. Raises NotFound."""
    return set_customer(engines, clock, actor_label, login, valid=False)


# --- companies ----------------------------------------------------------------------------------


def list_companies(engines: Engines, *, part: str = "", after: str = "", limit: int = 50) -> Sequence[CompanyRow]:
    """Return a page of companies in the order of their ids, disabled ones too; parameters as for customers."""
    with tx.read(engines) as connection:
        return admin_customers.company_page(connection, part=part, after=after, limit=limit)


def show_company(engines: Engines, customer_id: str) -> CompanyRow:
    """Return a company. Raises NotFound."""
    with tx.read(engines) as connection:
        return admin_customers.company_with_id(connection, customer_id)


def add_company(
    engines: Engines, clock: Clock, actor_label: str, customer_id: str, name: str, comment: str = ""
) -> CompanyRow:
    """Make a company. Raises Invalid and AlreadyExists."""
    wanted = CompanyRow(
        name_value("customer_id", customer_id), name_value("name", name), text_value("comment", comment), True
    )

    def work(connection: Connection) -> Edited[CompanyRow]:
        admin_customers.insert_company(connection, wanted)
        return Edited(wanted, f"company {wanted.customer_id}", None, wanted)

    return edit_config(engines, clock, actor_label, work)


def set_company(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    customer_id: str,
    *,
    name: str | None = None,
    comment: str | None = None,
    valid: bool | None = None,
) -> CompanyRow:
    """Change a company; None leaves a value. Raises NotFound and Invalid."""
    new_name = None if name is None else name_value("name", name)
    new_comment = None if comment is None else text_value("comment", comment)

    def work(connection: Connection) -> Edited[CompanyRow]:
        old = admin_customers.company_with_id(connection, customer_id)
        new = replace(
            old,
            name=old.name if new_name is None else new_name,
            comment=old.comment if new_comment is None else new_comment,
            valid=old.valid if valid is None else valid,
        )
        admin_customers.update_company(connection, new)
        return Edited(new, f"company {old.customer_id}", old, new)

    return edit_config(engines, clock, actor_label, work)


def disable_company(engines: Engines, clock: Clock, actor_label: str, customer_id: str) -> CompanyRow:
    """Take a company out of use; its people are not changed. Raises NotFound."""
    return set_company(engines, clock, actor_label, customer_id, valid=False)
