"""`python -m data_contract`."""

from __future__ import annotations

import sys

from data_contract.cli import main

sys.exit(main())
