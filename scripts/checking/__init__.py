"""What scripts/check.sh does besides running programs."""
