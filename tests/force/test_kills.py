"""Killed workers and a killed database: nothing is lost, nothing is doubled."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from conto.config.home import Home
from tests.environment import ROOT

SEED = 20261122


@pytest.mark.force
def test_20_killed_workers_and_3_killed_servers_leave_a_book_in_order(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = Home(tmp_path_factory.mktemp("kills"))
    try:
        told = subprocess.run(
            [sys.executable, "-m", "tests.force.crashes", str(SEED)],
            env={**os.environ, "CONTO_HOME": str(home.root)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert told.returncode == 0, told.stderr[-3000:]
        result = json.loads(told.stdout.strip().splitlines()[-1])
    finally:
        shutil.rmtree(home.postgres, ignore_errors=True)
    assert result == {
        "kills": 23,
        "unclean_rounds": [],
        "finished": 0,
        "same_end_state": True,
        "clean": True,
    }, told.stderr[-3000:]
