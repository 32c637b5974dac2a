"""Answers in the browser, on the device of the person: the page hands out the model, and no clip leaves the device.

`scripts/` are the steps from file to probabilities as `model.video` has them, in JavaScript; a test holds both against
each other. LiteRT and Mediabunny come from npm (`requirements/npm/device`) and are put in order by `files`; `routes`
serves all of it, with the graph of the bundle that the page answers with itself.
"""
