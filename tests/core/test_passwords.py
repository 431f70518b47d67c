"""Passwords, and which agent a system account may act as."""

from __future__ import annotations

import os

import pytest
from argon2 import PasswordHasher

from tuidesk.core.auth import passwords
from tuidesk.core.auth.passwords import dummy_verify, hash_password, needs_rehash, verify_password
from tuidesk.core.auth.system_account import agent_for, system_user
from tuidesk.core.errors import Invalid, NotMapped


def test_a_password_fits_its_own_hash_only() -> None:
    stored = hash_password("correct horse")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(stored, "correct horse")
    assert not verify_password(stored, "correct horsf")
    assert not verify_password(stored, "")
    assert hash_password("correct horse") != stored


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert verify_password(hash_password("caf\u00e9"), "cafe\u0301")


def test_a_lone_surrogate_is_no_crash() -> None:
    assert verify_password(hash_password("a\udcff"), "a\udcff")


@pytest.mark.parametrize("password", ["", "x" * 1025, "é" * 513])
def test_no_hash_of_nothing_or_too_much(password: str) -> None:
    with pytest.raises(Invalid) as caught:
        hash_password(password)
    assert caught.value.value == "***"


@pytest.mark.parametrize("password", ["", "x", "x" * 2000])
@pytest.mark.parametrize("stored", ["", "!", "x", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA", "$2b$10$x"])
def test_what_is_no_hash_fits_nothing(stored: str, password: str) -> None:
    assert verify_password(stored, password) is False


def test_hashes_with_other_parameters_are_renewed() -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash("x")
    assert verify_password(old, "x")
    assert needs_rehash(old)
    assert not needs_rehash(hash_password("x"))


class CountingHasher(PasswordHasher):
    """Counts the computations, which are what takes the time."""

    def __init__(self) -> None:
        super().__init__(time_cost=passwords.PASSES, memory_cost=passwords.MEMORY_KIB, parallelism=passwords.LANES)
        self.computed: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        try:
            result = super().verify(hash, password)
        finally:
            if str(hash).startswith("$argon2id$v=19$m=19456,t=2,p=1$"):
                self.computed.append(str(hash))
        return result


def test_every_refusal_costs_one_computation(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = hash_password("x")
    hasher = CountingHasher()
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    for refuse in (
        dummy_verify,
        lambda: verify_password(stored, "y"),
        lambda: verify_password("", "y"),
        lambda: verify_password(stored, "y" * 2000),
    ):
        hasher.computed.clear()
        refuse()
        assert len(hasher.computed) == 1


def test_the_dummy_has_the_parameters_of_today() -> None:
    assert not needs_rehash(passwords._DUMMY)


# --- system accounts ------------------------------------------------------------------------------

MAPPING = {"desk": frozenset({"anna", "bob"}), "anna": frozenset({"anna"}), "guest": frozenset[str]()}


@pytest.mark.parametrize(
    ("user", "wanted", "agent"),
    [("desk", "anna", "anna"), ("desk", "bob", "bob"), ("anna", None, "anna"), ("anna", "anna", "anna")],
)
def test_a_mapped_agent(user: str, wanted: str | None, agent: str) -> None:
    assert agent_for(user, wanted, MAPPING) == agent


@pytest.mark.parametrize(
    ("user", "wanted"),
    [
        ("desk", None),
        ("desk", "carol"),
        ("desk", ""),
        ("desk", "Anna"),
        ("anna", "bob"),
        ("guest", None),
        ("guest", "anna"),
        ("stranger", None),
        ("stranger", "anna"),
        ("", "anna"),
    ],
)
def test_nobody_acts_as_an_agent_that_is_not_mapped(user: str, wanted: str | None) -> None:
    with pytest.raises(NotMapped) as caught:
        agent_for(user, wanted, MAPPING)
    assert caught.value.wanted == (wanted or "")


def test_the_user_is_not_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    before = system_user()
    for variable in ("USER", "LOGNAME", "LNAME", "USERNAME", "HOME"):
        monkeypatch.setenv(variable, "somebody_else")
    assert system_user() == before


def test_a_uid_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_001)
    assert system_user() == "#4000000001"
