"""The graph of a run's rules: jobs' files -> edges -> layered layout -> SVG.

`patterns` and `edges` find which rule feeds which. `layering`, `crossings` and `coordinates` are
the steps of Sugiyama's layout, `layout` takes them, and `svg` draws what comes out.
"""
