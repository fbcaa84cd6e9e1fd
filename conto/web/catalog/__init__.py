"""Items: the list, the page with the price history, and the forms."""
