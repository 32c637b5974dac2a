"""Own classes, on this machine and for those who ask for it: clips and what they show become a model, by three buttons.

`studio` keeps the clips and runs the commands that `docs/own-clips.md` describes, `answers` is what it says, `routes`
are the addresses.
"""
