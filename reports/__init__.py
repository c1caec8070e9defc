"""Tables and figures, from results alone: no training, no accelerator, no network."""
