"""The pages of a trader's own webhooks, in the portal."""
