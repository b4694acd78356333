"""Sandboxes: processes in which the code of adapters runs that is neither delivered with the gateway nor proven here.

`process` is what runs in one, `sandbox` is the gateway's hand on it, `wire` is what passes between both.
"""
