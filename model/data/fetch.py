"""Fetches videos by their links, with what the site says about them."""
