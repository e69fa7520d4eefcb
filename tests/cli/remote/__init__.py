"""What the commands share that ask a server."""
