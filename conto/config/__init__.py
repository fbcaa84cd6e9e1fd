"""How Conto is switched on: settings, data folder, embedded database, command line."""
