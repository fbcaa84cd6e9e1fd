"""Tables of contracts."""

from conto.apps.contracts.models.contracts import Contract, ContractCounter, ContractLine

__all__ = ["Contract", "ContractCounter", "ContractLine"]
