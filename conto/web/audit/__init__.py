"""Who did what: the record of facts, its seals, and who hears of what matters."""
