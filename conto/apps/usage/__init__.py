"""Usage: what was used of subscriptions, event by event, and what each day came to.

It owns usage events and daily usage. It promises that an event is never rewritten, that one of a key counts once,
and that the days are what the events of now make, however late, corrected or mixed up they arrive.
Words: event, key of an event, metric, revision, daily usage.
"""
