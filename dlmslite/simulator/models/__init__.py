"""Models: what a simulated meter measures. One meter a file; adding one is adding a file."""
