"""Real Snakemakes against a real server."""
