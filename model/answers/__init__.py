"""Everything we say, in the one form that page, API, Lambda and command line use: answers, errors, descriptions.

Pure pydantic: what stands here imports `model.errors` and `model.contract` and nothing else of ours, and no numpy.
Whoever computes an answer builds one of these types; nothing else goes out as JSON.
"""
