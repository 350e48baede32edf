"""What scripts/check.sh does beside running programs."""
