"""Runs many schedules of a program, and judges each."""
