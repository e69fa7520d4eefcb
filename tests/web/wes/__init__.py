"""GA4GH's Workflow Execution Service."""
