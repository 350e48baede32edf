"""Trains the networks of serene_reference."""
