"""Tests of panoptes.engines.snakemake."""
