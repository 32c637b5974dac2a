"""What the page needs from elsewhere: somewhere to put a clip, and someone to classify it.

`protocols` says what is asked of them, `aws` and `local_*` do it, `open_services` chooses. Only `aws` talks to AWS.
"""
