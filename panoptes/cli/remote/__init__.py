"""What the commands share that ask a server over its API: `ls`, `show`, `watch` and `rm`.

`options` says which server and translates its errors, `texts` makes a stranger's texts harmless,
`workflow_view` draws workflows with `widgets`, and `follow` shows a run until it ends. The latter
three need rich, and a command loads them when it runs.
"""
