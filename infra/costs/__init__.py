"""What the system costs: `python -m infra.costs` prints USD per 1 000 clips and per month as Markdown.

`prices` are AWS' lists, `inventory` counts what the templates have, `formulas` multiplies, `report` writes the tables.
"""
