"""The graph of a run's rules: jobs' files -> edges -> layered layout -> SVG.

Standard library only. `patterns` and `edges` find which rule feeds which, `ranks`, `order` and
`layout` give every rule its place, `svg` draws them.
"""
