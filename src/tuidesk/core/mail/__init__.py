"""Mail: reading, writing, fetching, sending."""
