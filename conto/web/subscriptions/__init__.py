"""Subscriptions for the people who sell and bill them: begun, changed after a look, billed by runs."""
