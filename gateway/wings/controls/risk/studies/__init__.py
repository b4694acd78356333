"""What packs would come to, and what they found: past declarations counted for analysts."""
