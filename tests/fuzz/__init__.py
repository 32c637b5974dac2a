"""Files made by chance to hurt the reader; a case's number is its seed, so that any of them can be made again."""
