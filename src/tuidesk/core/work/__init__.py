"""What runs in the background: polling, sending, clocks, the live feed."""
