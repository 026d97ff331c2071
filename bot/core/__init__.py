"""Pure values and functions: no clock, no input or output, no environment, no randomness."""
