"""While it is still going on: a camera, or a film at its own pace, and the count as it grows.

`source` gives frames as they come; `counter` follows the athlete and says, again and again, what was done so far.
"""
