"""Rules: their models, and the reading of one rule file into a rule and its problems."""

from __future__ import annotations

from bot.core.rule_model import Fix, IssueSpec, Match, Regression, Rule, Sample, SampleLine, Threshold

__all__ = ["Fix", "IssueSpec", "Match", "Regression", "Rule", "Sample", "SampleLine", "Threshold"]
