"""What the commands share that ask a server over its API: `ls`, `show`, `watch` and `rm`.

`options` says which server and translates its errors, `harmless` cleans what it says, `texts` puts
it into words, `workflow_view` draws it with `widgets`, and `follow` asks again until a run ends,
shown by `live_views`. What needs rich is loaded when a command runs.
"""
