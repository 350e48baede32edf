"""What compilers say of the CUDA kernels: the parts of scripts/kernel_report.py."""
