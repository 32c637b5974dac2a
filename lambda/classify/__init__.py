"""The Lambda that answers one clip with its most probable movements.

`handler` is the entry; `events` is what may be asked, `service` the work, `storage` the only module that talks to
AWS, `answers` and `telemetry` what goes out. What a clip and a model are belongs to `model`, never here.
"""
