"""The data that methods see: inputs and labels, whatever form people have them in."""
