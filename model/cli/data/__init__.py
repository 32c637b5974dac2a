"""`movements data ...`: from links and annotations to records. A module per command.

Importing a module adds its command to the group.
"""

from model.cli.data import cut, fetch, import_, records, split, stats

__all__ = ["cut", "fetch", "import_", "records", "split", "stats"]
