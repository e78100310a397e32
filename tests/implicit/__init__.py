"""Pairs of versions of data files, and what the gate makes of them when nobody wrote a contract."""
