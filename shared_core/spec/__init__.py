"""Declarations that core, hosts and farm share. Standard library only, Python 3.9 to 3.13."""
