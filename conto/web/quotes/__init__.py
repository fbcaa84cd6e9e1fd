"""Quotes: the list, the editor, the page of a quote with its versions, sending and answering."""
