"""Plans for the people who set prices: the list, one plan with its versions, the editor, and coupons."""
