"""Connections, transactions, the writer, prepared statements and column types."""
