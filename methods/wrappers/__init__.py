"""What every `skip` and `align` goes through, whatever the method."""
