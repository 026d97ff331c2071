"""The line that ends the process that reads it, in the workers of a soak."""

POISON = b"the reader dies of this line"
