"""The clock of a sandbox book: what day it is there, and moving on."""
