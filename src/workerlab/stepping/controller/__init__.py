"""Runs one schedule: sends the requests, holds them, and lets one go at a time."""
