"""Everything tuidesk does, without any door: no terminal, no command line, no web."""
