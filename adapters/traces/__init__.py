"""TRACES NT: common health entry documents (CHEDs), asked over its customs port (CERTEX)."""
