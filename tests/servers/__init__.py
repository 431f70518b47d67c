"""Real servers that tests talk to: PostgreSQL, IMAP (Dovecot, pymap, a scripted hostile one) and SMTP.

Each module starts its server in a new temporary directory, on a free port or socket, for root and for a
normal user, and is usable without pytest: `with running_postgres() as server: …`.
Invariant: a server ends with its test process, even when that is killed (`servers.supervise`).
"""
