"""The page: a person drops a clip and sees the most probable movements.

Here belongs what answers a browser: layout, callbacks, the HTTP API, and the services that store and classify a clip.
What turns a clip into probabilities does not: that is `model`, called behind `services.Classifier`.
"""
