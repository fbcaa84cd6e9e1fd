"""Every component on one page, for the people who write pages."""
