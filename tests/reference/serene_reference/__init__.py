"""PyTorch definitions of the networks that serene runs; they write the reference tensors of tests/golden."""
