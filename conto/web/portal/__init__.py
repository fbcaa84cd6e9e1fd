"""The customer's pages: one document behind a secret link, to see, download, ask about and pay."""
