"""Sends alerts through Apprise, each in a short-lived process of its own."""
