"""Stock: how many goods a seller has and what they are worth, and what a line of a document cost.

It owns the stock of items, its moves, and the costs of lines. It promises that moves are append-only and stand on each
other without a gap, that a line moves once, that what is on hand and the ledger's inventory account are the sums of
the moves, and that no value is left without goods.
Words: stock, move, receipt, issue, return, count, correction, average cost, line cost.
"""
