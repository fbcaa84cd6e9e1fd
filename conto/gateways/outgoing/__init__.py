"""Outgoing: requests to addresses that members gave.

It promises that nothing but the public internet is asked (unless the administrator allows private targets), that a
name is resolved once and the connection goes to the number that was checked, that no redirect is followed, and that
no answer takes longer or more room than it may. Everything that calls an address which a member typed uses it.
"""

from conto.gateways.outgoing.client import Answer, NoAnswer, Outgoing

__all__ = ["Answer", "NoAnswer", "Outgoing"]
