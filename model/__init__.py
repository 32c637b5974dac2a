"""Everything about the model: its contract, its bundle, clip to tensor, prediction, architecture, rendering, training.

Light modules (`contract`, `errors`, `bundle`, `video`, `predict`) serve requests; heavy ones
(`movinet`, `rendering`, `training`, `evaluation`) make and judge models and are never imported by a server.
"""
