"""Accounts: who works here and for whom.

It owns members, the business and its legal entities with their bank accounts. It promises that a guessed password is
slowed down and then locked out, that the last owner cannot be lost, and that every change is a fact. Words: member,
role, business, legal entity.
"""
