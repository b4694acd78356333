"""What a partner writes: it is checked and run where nothing of the gateway is but the contract's wheel."""
