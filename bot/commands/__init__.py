"""The sub-commands, one module each, and how they speak; none of them decides anything."""
