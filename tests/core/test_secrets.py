"""Secrets: read from where they lie, stored where only their owner reads, shown nowhere."""

from __future__ import annotations

import copy
import os
import pickle
import stat
import sys
import threading
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.errors import AlreadyExists, SecretError
from tuidesk.core.private_file import write_private
from tuidesk.core.secrets import Secret, mask_urls, masked, read_secret, remove_secret, store_secret

PYTHON = sys.executable


def command(program: str) -> str:
    return f"command:{PYTHON} -c '{program}'"


def refused(reference: str, secrets_file: Path, **more: float) -> SecretError:
    with pytest.raises(SecretError) as caught:
        read_secret(reference, secrets_file, **more)
    return caught.value


@pytest.fixture
def secrets_file(tmp_path: Path) -> Path:
    path = tmp_path / "secrets.toml"
    path.write_text('support = "hunter2"\n"a@b.example" = "x\\ny"\nnumber = 5\nempty = ""\n[table]\nx = "y"\n')
    path.chmod(0o600)
    return path


# --- a secret shows itself nowhere ----------------------------------------------------------------


def test_a_secret_shows_itself_as_stars() -> None:
    secret = Secret("pa55phrase")
    assert [str(secret), repr(secret), f"{secret}", f"{secret!r:>5}", " ".join([str(secret)]), repr([secret])] == [
        "***",
        "***",
        "***",
        "  ***",
        "***",
        "[***]",
    ]
    assert secret.reveal() == "pa55phrase"
    assert secret == Secret("pa55phrase")
    assert secret != "pa55phrase"


@pytest.mark.parametrize("spread", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_not_spread(spread: object) -> None:
    assert callable(spread)
    with pytest.raises(TypeError):
        spread(Secret("pa55phrase"))


@pytest.mark.parametrize(
    "line",
    ["Zu9!m'ü\\x", repr("Zu9!m'ü\\x"), "user=Zu9%21m%27%C3%BC%5Cx", "b'Wnu5IW0nw7xceA==' WnU5IW0nw7xceA=="],
)
def test_known_secrets_are_masked_in_every_spelling(line: str) -> None:
    Secret("Zu9!m'ü\\x")
    assert "***" in masked(line)
    assert "Zu9" not in masked(line)


def test_a_secret_too_short_to_hide_tears_up_no_line() -> None:
    Secret("ab")
    assert masked("about") == "about"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://desk:pw@db/desk", "postgresql://desk:***@db/desk"),
        ("at postgresql://desk:p@w/x@db/desk failed", "at postgresql://desk:***@db/desk failed"),
        ("imaps://me:a%40b@mail:993", "imaps://me:***@mail:993"),
        ("postgresql:///d?user=u&password=pw&x=1", "postgresql:///d?user=u&password=***&x=1"),
        ("https://example.com:8080/path", "https://example.com:8080/path"),
        ("postgresql://desk@db/desk", "postgresql://desk@db/desk"),
        ("mail to anna@example.com: hello", "mail to anna@example.com: hello"),
    ],
)
def test_passwords_in_urls(text: str, expected: str) -> None:
    assert mask_urls(text) == expected
    assert mask_urls(expected) == expected


# --- reading --------------------------------------------------------------------------------------


def test_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    for content, value in ((b"s3cret\n", "s3cret"), (b"s3cret\r\n", "s3cret"), (b" two\nlines \n\n", " two\nlines \n")):
        path.write_bytes(content)
        assert read_secret(f"file:{path}", tmp_path / "none").reveal() == value


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "empty"), (b"\n", "empty"), (b"\xff", "UTF-8"), (b"x" * 65537, "64 KiB")]
)
def test_from_a_bad_file(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    error = refused(f"file:{path}", tmp_path)
    assert (error.reference, reason in error.reason) == (f"file:{path}", True)


def test_from_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "regular" in refused(f"file:{tmp_path}/pipe", tmp_path).reason
    assert "regular" in refused(f"file:{tmp_path}", tmp_path).reason
    assert "regular" in refused("file:/dev/zero", tmp_path).reason
    assert "No such file" in refused(f"file:{tmp_path}/none", tmp_path).reason
    assert refused("file:a\0b", tmp_path).reason


def test_from_the_environment(tmp_path: Path) -> None:
    environ = {"MAIL_PW": "s3cret", "EMPTY": ""}
    assert read_secret("env:MAIL_PW", tmp_path, environ=environ).reveal() == "s3cret"
    for name in ("EMPTY", "NONE"):
        with pytest.raises(SecretError):
            read_secret(f"env:{name}", tmp_path, environ=environ)


def test_from_a_command(tmp_path: Path) -> None:
    assert read_secret(command('print("s3cret")'), tmp_path).reveal() == "s3cret"
    assert read_secret("command:echo 'a  b' $HOME ; `id`", tmp_path).reveal() == "a  b $HOME ; `id`"


def test_a_command_has_no_terminal_and_no_input(tmp_path: Path) -> None:
    program = "import os, sys; print(sys.stdin.read() == str(), os.getsid(0) == os.getpid())"
    assert read_secret(command(program), tmp_path).reveal() == "True True"


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (command('import sys; print("s3cret"); sys.stderr.write("s3cret"); sys.exit(3)'), "status 3"),
        (command('print("s3cret" * 20000)'), "64 KiB"),
        ("command:cat /dev/zero", "64 KiB"),
        ("command:true", "empty"),
        ("command:/no/such/program", "No such file"),
        ("command:echo 'x", "open quote"),
        ("command:''", ""),
    ],
)
def test_from_a_bad_command(reference: str, reason: str, tmp_path: Path) -> None:
    error = refused(reference, tmp_path)
    assert error.reference == reference
    assert reason in error.reason
    assert "s3cret" not in error.reason


@pytest.mark.parametrize(
    "program",
    [
        "import time; time.sleep(600)",
        "import os; os.close(1); os.read(os.pipe()[0], 1)",
        "import os; os.fork() or os.read(os.pipe()[0], 1)",
    ],
    ids=["silent", "closed its output", "left a child with the pipe"],
)
def test_a_command_is_killed_in_time(program: str, tmp_path: Path) -> None:
    assert "longer than 0.3 s" in refused(command(program), tmp_path, command_limit_s=0.3).reason


def test_by_name(secrets_file: Path) -> None:
    assert read_secret("secret:support", secrets_file).reveal() == "hunter2"
    assert read_secret("secret:a@b.example", secrets_file).reveal() == "x\ny"
    for name in ("none", "number", "empty", "table", "table.x"):
        assert refused(f"secret:{name}", secrets_file).reference == f"secret:{name}"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o666, 0o601])
def test_a_file_open_to_others_is_refused(mode: int, secrets_file: Path) -> None:
    secrets_file.chmod(mode)
    assert f"{mode:04o}" in refused("secret:support", secrets_file).reason
    with pytest.raises(SecretError):
        store_secret(secrets_file, "new", Secret("s3cret"))
    with pytest.raises(SecretError):
        remove_secret(secrets_file, "support")
    assert stat.S_IMODE(secrets_file.stat().st_mode) == mode


def test_a_read_only_file_is_as_good(secrets_file: Path) -> None:
    secrets_file.chmod(0o400)
    assert read_secret("secret:support", secrets_file).reveal() == "hunter2"


def test_a_broken_file_is_told_without_its_content(secrets_file: Path) -> None:
    secrets_file.write_text('a = "b"\nsupport = "hunter2\n')
    error = refused("secret:a", secrets_file)
    assert "line 2" in error.reason
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("reference", ["hunter2", "", "hunter2:x", "password:hunter2", "secret:", "file: ", "hunter2:"])
def test_what_is_no_reference_is_not_repeated(reference: str, tmp_path: Path) -> None:
    error = refused(reference, tmp_path)
    assert (error.reference, "hunter2" in str(error)) == ("***", False)


# --- storing --------------------------------------------------------------------------------------


def test_a_secret_is_stored_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secrets.toml"
    store_secret(path, "support", Secret('a"b\\c\nü\x1b'))
    assert read_secret("secret:support", path).reveal() == 'a"b\\c\nü\x1b'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    store_secret(path, "support", Secret("changed"))
    store_secret(path, "info@example.com", Secret("other"))
    assert tomllib.loads(path.read_text()) == {"support": "changed", "info@example.com": "other"}
    remove_secret(path, "support")
    assert tomllib.loads(path.read_text()) == {"info@example.com": "other"}
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(SecretError):
        remove_secret(path, "support")


def test_the_rest_of_the_file_stays_as_it_is(secrets_file: Path) -> None:
    secrets_file.write_text('# mine\n\na = """\nb = 1\n"""  # long\nb = "2"\n\n[table]  # of somebody\nx = "y"\n')
    store_secret(secrets_file, "c", Secret("three"))
    store_secret(secrets_file, "a", Secret("one"))
    text = secrets_file.read_text()
    assert text == '# mine\n"c" = "three"\n\n"a" = "one"\nb = "2"\n\n[table]  # of somebody\nx = "y"\n'
    remove_secret(secrets_file, "b")
    remove_secret(secrets_file, "c")
    assert secrets_file.read_text() == '# mine\n\n"a" = "one"\n\n[table]  # of somebody\nx = "y"\n'


def test_a_table_is_not_overwritten(secrets_file: Path) -> None:
    before = secrets_file.read_bytes()
    with pytest.raises(SecretError):
        store_secret(secrets_file, "table", Secret("s3cret"))
    with pytest.raises(SecretError):
        remove_secret(secrets_file, "table")
    assert secrets_file.read_bytes() == before


@pytest.mark.parametrize(("name", "value"), [("", "x"), ("a b", "x"), ("a\nb", "x"), ("ok", ""), ("ok", "\udcff")])
def test_what_cannot_be_stored(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(SecretError):
        store_secret(tmp_path / "s.toml", name, Secret(value))
    assert list(tmp_path.iterdir()) == []


def test_two_who_store_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    names = [f"n{number}" for number in range(12)]
    threads = [threading.Thread(target=store_secret, args=(path, name, Secret("value"))) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(tomllib.loads(path.read_text())) == sorted(names)


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z0-9_.@+-]{1,8}", fullmatch=True),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
        max_size=4,
    )
)
def test_any_text_is_stored_as_it_is(tmp_path_factory: pytest.TempPathFactory, secrets: dict[str, str]) -> None:
    path = tmp_path_factory.mktemp("s") / "s.toml"
    for name, value in secrets.items():
        store_secret(path, name, Secret(value))
    assert (tomllib.loads(path.read_text("utf-8")) if secrets else {}) == secrets


# --- the file that only its owner reads -------------------------------------------------------------


def test_a_write_that_fails_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    write_private(path, "before")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_private(path, "after", overwrite=True)
        with pytest.raises(OSError, match="No space"):
            write_private(tmp_path / "b", "after")
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "before"


def test_a_link_that_leads_nowhere_is_something(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AlreadyExists):
        write_private(tmp_path / "a", "x")
    assert not (tmp_path / "elsewhere").exists()


def test_the_umask_opens_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_private(tmp_path / "a", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
