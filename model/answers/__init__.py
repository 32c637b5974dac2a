"""What we say, as types that anyone may import: today a model's report.

Pure pydantic: what stands here imports `model.errors` and `model.contract` and nothing else of ours, and no numpy.
"""
