"""What workflow engines say: one package an engine, turned into neutral events."""
