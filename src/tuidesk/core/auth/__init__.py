"""Who somebody is: passwords and system accounts."""
