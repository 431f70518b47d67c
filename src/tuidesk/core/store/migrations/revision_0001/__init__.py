"""What revision 0001 made, written out; never altered, later revisions alter what it made."""
