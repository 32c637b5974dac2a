"""Answers from processes that may die: a clip that ends one of them, or never ends, is its own misfortune only.

`process` runs in each of them, under `limits`; `worker` holds one, `pool` holds several and replaces those that end.
What they say to each other (`messages`) is JSON: whoever takes over a decoder can send text, and no objects.
"""
