"""The plugin's own tests. They need Snakemake 9: `python -m unittest` beside pyproject.toml."""
