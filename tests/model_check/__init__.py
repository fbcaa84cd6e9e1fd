"""A second, slow implementation of what a subscription bills, written from the rules alone, to check the engine."""
