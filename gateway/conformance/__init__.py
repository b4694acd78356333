"""The conformance kit: checks an adapter against its recordings and its simulated authority, and says what to mend.

A check is a function of an inspection (`inspection.py`: the package, its recordings, its code in a process of its own)
that yields nonconformities: the rule that is broken, the place, and how it is mended. Checks about what is said use
recorded answers alone; those about the wire use a scripted server and the adapter's simulator.
"""
