"""Stock: what is on hand, receipts and counts, and what was earned."""
