"""The Lambda that answers one clip with its most probable movements.

`handler` is the entry, `workouts` that of a second configuration, which analyses whole workouts; `events` is what may
be asked, `service` the work, `storage` the only module that talks to AWS, `responses` and `telemetry` what goes out.
What a clip and a model are belongs to `model`, never here.
"""

import os

# To look for plugins of pydantic, which there are none of, opens the metadata of all that is installed.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
