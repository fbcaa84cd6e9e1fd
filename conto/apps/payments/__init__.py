"""Payments: money that came in, what it paid, and what went back.

It owns payments, their allocations to invoices, early-payment discounts, refunds, and what gateways said. It promises
that every step posts to the ledger in its own transaction, that an invoice is never paid twice and a credit never
spent twice, and that a gateway's event is applied once however often and in whatever order it arrives. Words: payment,
allocation, credit, refund, checkout, gateway event.
"""
