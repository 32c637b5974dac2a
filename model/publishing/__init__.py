"""Putting bundles where the function finds them: immutable versions in S3, each complete before it exists.

What a bundle is and how one is read belongs to `model.bundle`.
"""
