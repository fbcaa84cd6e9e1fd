"""The parts of a company's life: one file each, one line here."""

from conto.jobs.simulation.company import Part
from conto.jobs.simulation.parts.agreeing import Agreeing
from conto.jobs.simulation.parts.aiming import Aiming
from conto.jobs.simulation.parts.asking import Asking
from conto.jobs.simulation.parts.billing import Billing
from conto.jobs.simulation.parts.closing import Closing
from conto.jobs.simulation.parts.correcting import Correcting
from conto.jobs.simulation.parts.customers import Customers
from conto.jobs.simulation.parts.paying import Paying
from conto.jobs.simulation.parts.selling import Selling
from conto.jobs.simulation.parts.sending import Sending

PARTS: tuple[type[Part], ...] = (
    Customers, Selling, Agreeing, Aiming, Billing, Sending, Asking, Paying, Correcting, Closing,
)  # fmt: skip
