"""The Lambda that answers one clip with its most probable movements.

`handler` is the entry, `workouts` that of a second configuration, which analyses whole workouts; `events` is what may
be asked, `service` the work, `storage` the only module that talks to AWS, `responses` and `telemetry` what goes out.
What a clip and a model are belongs to `model`, never here.
"""
