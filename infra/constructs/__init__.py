"""Units of thought, one purpose each: a bucket that is private, a function with its canary, the front door."""
