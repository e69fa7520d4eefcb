"""What the commands share that look at a server from a terminal, over its API.

`options` says which server, `client` asks it, `told` reads what it answers, `screen` and `pictures`
show it. Only the latter two need rich, and a command loads them when it runs.
"""
