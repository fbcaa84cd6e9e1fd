"""A later version of Conto, for tests: its tables can be made, or not, as CONTO_TEST_COMING says."""
