"""The data that aliwatch ships: settings, rules, playbook and templates. No code."""
