"""The body in a picture: 33 landmarks of BlazePose (Bazarevsky et al. 2020, arXiv 2006.10204), found and followed.

`weights` says where the two networks come from, `region` is the turned square that one of them looks at, `blazepose`
runs them, `body` is what they say.
"""
