"""Sentences are translated when they are asked for, and stay as they are without a catalogue."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tuidesk.core import i18n
from tuidesk.core.i18n import _, ngettext, use_language

HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"


def catalogue(folder: Path, language: str, sentences: dict[str, str]) -> None:
    """Write a .mo file: header, table of originals, table of translations, texts (all little endian)."""
    pairs = sorted((a.encode(), b.encode()) for a, b in {"": HEADER, **sentences}.items())
    at = 28 + 16 * len(pairs)
    tables, texts = [b"", b""], b""
    for column in (0, 1):
        for pair in pairs:
            tables[column] += struct.pack("<II", len(pair[column]), at + len(texts))
            texts += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, at)
    path = folder / language / "LC_MESSAGES" / "tuidesk.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(head + b"".join(tables) + texts)


@pytest.fixture(autouse=True)
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue(tmp_path, "de", {"Close": "Schließen", "{n} cat\0{n} cats": "{n} Katze\0{n} Katzen"})
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)
    monkeypatch.setattr(i18n, "_catalogue", None)


def test_the_language_counts_when_the_sentence_is_asked_for() -> None:
    assert (_("Close"), ngettext("{n} cat", "{n} cats", 1), ngettext("{n} cat", "{n} cats", 0)) == (
        "Close",
        "{n} cat",
        "{n} cats",
    )
    use_language("de_AT")
    assert (_("Close"), ngettext("{n} cat", "{n} cats", 2)) == ("Schließen", "{n} Katzen")
    assert (_("Unknown here"), _("")) == ("Unknown here", "")
    use_language("tlh:de")
    assert _("Close") == "Schließen"
    use_language("tlh")
    assert _("Close") == "Close"


def test_no_code_means_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "de")
    for code in (None, ""):
        use_language("en")
        use_language(code)
        assert _("Close") == "Schließen"


def test_settings_and_sentences_load_nothing_slow() -> None:
    slow = "{'gettext', 'pydantic', 'logging', 'subprocess', 'argon2', 'platformdirs', 'difflib', 'zoneinfo', 'socket'}"
    program = "import sys, tuidesk.core.settings, tuidesk.core.i18n, tuidesk.core.auth.passwords;"
    program += f"print({slow} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
