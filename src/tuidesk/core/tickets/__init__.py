"""The one path by which tickets change."""
