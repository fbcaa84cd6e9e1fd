"""Plans: what can be subscribed to, at which prices, in versions; and coupons.

It owns plans with their versions and items, and coupons. It promises that a version never changes, that versions
follow one another without a hole, that each has all its items, and that a coupon means the same for ever.
Words: plan, version, item of a plan, price definition, coupon.
"""
