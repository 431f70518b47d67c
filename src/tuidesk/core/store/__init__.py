"""All SQL: schema, guards, reads and writes."""
