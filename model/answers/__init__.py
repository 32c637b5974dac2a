"""What we say, as types that anyone may import: nothing leaves page, function or command line as JSON that is not one.

Pure pydantic: what stands here imports `model.errors`, `model.contract` and `model.defaults`, and no numpy. Figures are
computed elsewhere (`model.evaluation.measure`); how they look, in `model.report` and `app.layout`.
"""
