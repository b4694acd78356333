"""The processing of a leased declaration: assess it, move quantities, decide, and return what is to be committed."""
