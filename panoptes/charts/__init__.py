"""Jobs become pictures, without a database."""
