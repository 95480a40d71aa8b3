"""Makes the test vectors of verifiers. Run `contract/vectors/generate.py`."""
