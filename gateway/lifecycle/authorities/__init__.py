"""The authorities as all replicas know them: who is away and back, their figures, their shares, and adapters that are switched off."""
