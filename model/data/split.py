"""Divides repetitions into sides: by athlete, or at random as the published thesis did."""
