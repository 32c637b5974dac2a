"""The picture of the system, drawn from the templates: `python -m infra.picture --out infra/system.svg`.

`captions` says what is worth a box and what stands in it, `boxes` and `arrows` find them in the templates, `layout`
gives each box its place, `routes` leads the arrows around them, `labels` finds room for their words, `svg` draws.
"""
