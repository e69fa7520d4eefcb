"""The timeline of a run: spans of time -> lanes, strips and levels -> SVG (standard library only).

`spans` holds what is drawn, `lanes` who stands where, `strips` many jobs folded into one line,
`usage` how many ran at once, `axis` the ticks, `slowest` what took long, `svg` the pictures and
`chart` all of it together.
"""
