"""`tuidesk customer …`"""

from __future__ import annotations

from typing import Annotated

import typer

from tuidesk.cli.context import account_label, opened
from tuidesk.core.i18n import _

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Login = Annotated[str, typer.Argument(help=_("Login of the customer."))]
Json = Annotated[bool, typer.Option("--json", help=_("One JSON object a line."))]


@app.command()
def add(
    login: Login,
    email: Annotated[str, typer.Option(help=_("Mail address; mail from it belongs to this customer."))],
    name: Annotated[str, typer.Option(help=_("Name of the customer."))],
    company: Annotated[str, typer.Option(help=_("Id of the company."))] = "",
    phone: Annotated[str, typer.Option(help=_("Phone number."))] = "",
    comment: Annotated[str, typer.Option(help=_("Comment for agents."))] = "",
    json: Json = False,
) -> None:
    """Add a customer."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.customers import add_customer

    with opened() as assembly:
        made = add_customer(
            assembly.engines, assembly.desk.clock, account_label(), login, email, name, company, phone, comment
        )
        show_row(made, json=json)


@app.command(name="list")
def list_all(
    part: Annotated[str, typer.Argument(help=_("Only those whose login, address, name or company holds this."))] = "",
    after: Annotated[str, typer.Option(help=_("Go on after this login."))] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    json: Json = False,
) -> None:
    """List customers by login."""
    from tuidesk.cli.admin.shown import show_rows
    from tuidesk.core.admin.customers import list_customers

    with opened() as assembly:
        columns = {
            _("Login"): lambda row: row.login if row.valid else f"({row.login})",
            _("Name"): lambda row: row.name,
            _("Mail"): lambda row: row.email,
            _("Company"): lambda row: row.customer_id,
            _("Phone"): lambda row: row.phone,
        }
        show_rows(list_customers(assembly.engines, part=part, after=after, limit=limit), columns, json=json)


@app.command()
def show(login: Login, json: Json = False) -> None:
    """Show a customer."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.customers import show_customer

    with opened() as assembly:
        show_row(show_customer(assembly.engines, login), json=json)


@app.command(name="set")
def set_fields(
    login: Login,
    email: Annotated[str | None, typer.Option(help=_("New mail address."))] = None,
    name: Annotated[str | None, typer.Option(help=_("New name."))] = None,
    company: Annotated[str | None, typer.Option(help=_("Id of the company."))] = None,
    phone: Annotated[str | None, typer.Option(help=_("Phone number."))] = None,
    comment: Annotated[str | None, typer.Option(help=_("Comment for agents."))] = None,
    enable: Annotated[bool | None, typer.Option("--enable/--disable", help=_("Whether mail is still assigned."))] = None,
    json: Json = False,
) -> None:
    """Change a customer."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.customers import set_customer

    with opened() as assembly:
        changed = set_customer(
            assembly.engines, assembly.desk.clock, account_label(), login, email=email, name=name,
            customer_id=company, phone=phone, comment=comment, valid=enable,
        )  # fmt: skip
        show_row(changed, json=json)


@app.command()
def disable(login: Login) -> None:
    """Assign no more mail to a customer; the tickets stay."""
    from tuidesk.cli.admin.shown import show_row
    from tuidesk.core.admin.customers import disable_customer

    with opened() as assembly:
        show_row(disable_customer(assembly.engines, assembly.desk.clock, account_label(), login), json=False)
