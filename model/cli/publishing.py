"""Commands that put a bundle where the function finds it."""
