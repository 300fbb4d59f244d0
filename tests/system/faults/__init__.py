"""Faults: what is acknowledged arrives, whoever is killed, frozen, full or away. See README.md, "What is guaranteed, and what is not"."""
