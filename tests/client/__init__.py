"""Commands that look at a server from a terminal."""
