"""The body in a picture: 33 landmarks of BlazePose (Bazarevsky et al. 2020, arXiv 2006.10204), found and followed.

`weights` says where the two networks come from, `region` is the turned square that one of them looks at, `blazepose`
runs them, `body` is what they say. `follow` keeps to one athlete through a film, `read` does so from a file, and
`track` is that body at even instants, as the network of movements reads it.
"""
