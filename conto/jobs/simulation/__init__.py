"""A company that lives, day by day, through the flows that people use. The demo is lived by it, and so is a test.

`Company` keeps the time, the dice and the plan; what happens is the business of its *parts*, one small class in one
file of `parts/` each. Work that comes later adds its part of life (subscriptions, reminders) like this:

1. write `parts/<noun>.py` with a class that extends `Part`;
2. put the class into `PARTS` in `parts/__init__.py`.

A part says what happens on a day by `morning(day)`, and what follows from a document by `issued(document)`. Both plan
with `company.on(at, key, act)`. Three rules keep a life that can be killed and goes on, the same for the same seed:

- Chance comes from `company.chance(*words)` only, with words that name the occasion: never from a shared sequence of
  dice, the clock or an id.
- `morning` and `issued` are asked again when a life goes on after a cut. So what they plan depends on the cast, the
  chance and the document alone; what is planned before the moment the life had reached is left out by the company.
- An act looks at the book before it does something and goes without a word when there is nothing to do any more:
  people work in a demo book too.
"""

from conto.jobs.simulation.cast import Buyer, Cast, Habits, Login, Pitched
from conto.jobs.simulation.company import Act, Company, Happening, Issued, Part
from conto.jobs.simulation.founding import found
from conto.jobs.simulation.parts import PARTS

__all__ = [
    "PARTS",
    "Act",
    "Buyer",
    "Cast",
    "Company",
    "Habits",
    "Happening",
    "Issued",
    "Login",
    "Part",
    "Pitched",
    "found",
]
