"""What OTRS ships as settings of its jobs; the rows it ships are made by the first revision of the database."""

from __future__ import annotations

STATE_AFTER_PENDING = {7: 2, 8: 3}
"""What a pending auto state becomes when its time has come (OTRS: StateAfterPending)."""
