"""The made-up stories of the demo: five people and their agents on a web shop, three weeks in the winter of 2026."""
