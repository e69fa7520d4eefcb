"""What every part shares: the standard library and humanize only."""
