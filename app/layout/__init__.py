"""What the page looks like: functions from facts to Dash components.

Nothing here asks a service or keeps state; callbacks and the page's scripts do.
"""
