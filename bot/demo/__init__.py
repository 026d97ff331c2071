"""The demo: sessions of five made-up people, and the whole loop on them against the sandbox."""
