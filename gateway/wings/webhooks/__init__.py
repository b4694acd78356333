"""Webhooks: owners are told what happens to declarations; notices are made events, and events are sent to their receivers."""
