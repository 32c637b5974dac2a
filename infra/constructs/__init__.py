"""The parts of the stacks, each with one purpose: a private bucket, a function with its canary, the front door."""
