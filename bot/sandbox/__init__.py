"""A local stand-in for GitHub: the part of its API that the bot uses, with a page to look at."""
