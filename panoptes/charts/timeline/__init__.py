"""The timeline of a run: spans of time -> lanes, strips and levels -> SVG.

`spans` is what is drawn, `lanes` gives each attempt its line, `strips` folds many jobs into one,
`usage` counts how many ran at once, `axis` makes the ticks, `slowest` finds what took long, `svg`
draws the pictures, and `chart` is all of it together.
"""
