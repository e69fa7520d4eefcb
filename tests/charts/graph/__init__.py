"""Tests of the graph of rules: edges, layout, picture."""
