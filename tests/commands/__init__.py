"""The commands beside serving."""
