"""The process: sockets, their hand-over, housekeeping, the access log."""
