"""Logging in by password against the database."""

from __future__ import annotations

import pytest

from desk.desk_fixture import BEN, DeskOnTrial
from tuidesk.core.admin.agents import set_agent, set_password
from tuidesk.core.auth.log_in import log_in
from tuidesk.core.auth.passwords import hash_password
from tuidesk.core.errors import LoginFailed


def test_login_and_password(own_desk: DeskOnTrial) -> None:
    engines, where = own_desk.engines, (own_desk.engines, own_desk.clock, "account:test")
    with pytest.raises(LoginFailed):  # no password was ever set
        log_in(engines, "ben", "")
    set_password(*where, "ben", "tea & biscuits", hash_password=hash_password)
    assert log_in(engines, " Ben", "tea & biscuits").label == "agent:ben"
    assert log_in(engines, "ben", "tea & biscuits").agent_id == BEN
    for login, password in (("ben", "tea"), ("ben", ""), ("nobody", ""), ("", ""), ("anna", "tea & biscuits")):
        with pytest.raises(LoginFailed):
            log_in(engines, login, password)
    set_password(*where, "ben", "coffee", hash_password=hash_password)
    with pytest.raises(LoginFailed):
        log_in(engines, "ben", "tea & biscuits")
    set_agent(*where, "ben", valid=False)
    with pytest.raises(LoginFailed):
        log_in(engines, "ben", "coffee")
