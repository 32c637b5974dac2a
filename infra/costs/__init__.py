"""What the system costs: `python -m infra.costs` prints USD per 1 000 clips and per month as Markdown.

`prices` holds AWS' list prices, `inventory` counts resources in the templates, `formulas` multiplies them,
`report` writes the tables.
"""
