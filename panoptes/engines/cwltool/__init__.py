"""cwltool, of whose runs its log on stderr tells all that is known."""
