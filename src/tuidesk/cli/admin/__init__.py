"""The groups of commands by which admins manage the desk, one a file."""
