"""Tests of a real environment in a real account, for `.github/workflows/account.yml`; elsewhere they skip."""
