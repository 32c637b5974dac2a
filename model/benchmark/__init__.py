"""What variants, precisions and engines cost and how good they are: measured in one run, in one table.

Every figure comes from a fresh process (`answer`, `predecessor`, `networks` run as modules); `benchmark` starts them.
"""
