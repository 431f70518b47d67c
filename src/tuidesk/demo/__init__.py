"""The demo: a made-up desk, its past of six weeks, and customers who keep writing.

Nothing here is used by a real desk. All names are invented, all addresses end in `.example`
(RFC 2606), so no mail of a demo could ever reach anybody.
"""
