"""What is done to torch modules of any kind: copies of them, calls, precisions."""
