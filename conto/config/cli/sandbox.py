"""`conto sandbox-gateway`: the payment provider of demo and sandbox books, a program of its own."""

import argparse
import importlib
import os
from typing import Any

from conto.config.cli.children import PARENT, die_with_parent, leave_if_orphaned
from conto.config.cli.output import Output


def add_commands(commands: Any, every: argparse.ArgumentParser) -> None:
    """Describe the command."""
    gateway = commands.add_parser(
        "sandbox-gateway", parents=[every], help="a payment provider for trying out: cards for every case, no money"
    )
    gateway.add_argument("--port", type=int, help="port to listen on (default: the one after Conto's own)")
    gateway.add_argument("--delay", type=float, default=8.0, help="seconds that a delayed payment takes")
    gateway.set_defaults(run=_sandbox)


def _sandbox(options: argparse.Namespace, output: Output) -> None:
    if os.environ.get(PARENT):
        die_with_parent()
        leave_if_orphaned()
    if options.port:
        os.environ["CONTO_SANDBOX_PORT"] = str(options.port)
    settings = importlib.import_module("conto.config.settings")
    server = importlib.import_module("conto.gateways.payment.sandbox.server")
    gateway = server.SandboxServer(
        settings.SANDBOX_GATEWAY_PORT, settings.SANDBOX_GATEWAY_STATE, settings.SANDBOX_GATEWAY_KEY, options.delay
    )
    if not os.environ.get(PARENT):
        output.say(f"The sandbox gateway answers at {gateway.url}. Ctrl-C stops it.")
    gateway.serve()
