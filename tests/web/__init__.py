"""Tests of the pages and what they are made of."""
