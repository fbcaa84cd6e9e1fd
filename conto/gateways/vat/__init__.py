"""VAT rates by country and date."""

from conto.gateways.vat.rates import ATTRIBUTION, european_rates, known_countries, rates_of

__all__ = ["ATTRIBUTION", "european_rates", "known_countries", "rates_of"]
