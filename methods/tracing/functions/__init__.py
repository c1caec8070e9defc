"""What an exported graph computes, and whether two of them compute the same."""
