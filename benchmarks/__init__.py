"""Seeded exports, the floor, and the scenarios whose figures `python -m benchmarks` prints."""
