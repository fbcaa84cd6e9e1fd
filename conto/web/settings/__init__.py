"""Settings: the business, its look and numbers, mail, members, tax rates, what happened, and how the server is."""
