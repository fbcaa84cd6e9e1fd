"""Deals: the board, the list, the page of a deal, activities, and the settings of pipelines."""
