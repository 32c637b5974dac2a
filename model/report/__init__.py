"""A `model.answers.report.Report` for people: in `words`, as plots (`svg`, `png`), as one HTML `page`.

Nothing here computes a metric: what is shown is in the report. Servers import `words` and `svg`, which need no numpy.
"""
