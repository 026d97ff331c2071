"""Celery workers that run the cycle unattended."""
