"""What tuidesk costs, measured: every figure is a ratio to a baseline of the same run. See docs/performance.md."""
