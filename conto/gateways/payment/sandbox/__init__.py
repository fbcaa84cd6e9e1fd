"""The sandbox: a gateway that behaves like a real one over real HTTP, with cards for every case and no money.

The server keeps its own state in a file and is a program of its own; the client speaks to it as to any gateway.
"""
