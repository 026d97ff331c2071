"""The outside world: files, git, databases, GitHub, the secret scanner."""
