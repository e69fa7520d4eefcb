"""Conclusions from what is stored, without a database."""
