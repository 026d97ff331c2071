"""The bot: reads what AI coding agents did and keeps one good issue for each friction that repeats."""
