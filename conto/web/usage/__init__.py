"""Pages of usage: what was used of a subscription, and files of events."""
