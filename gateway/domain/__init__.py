"""The gateway's domain model, as pure values. Glossary:

declaration: what a declarant lodges with customs for goods (data model: UCC Annex B).
goods item: one line of a declaration, with one commodity code (11 03).
supporting document: a certificate, licence or permit that a declaration cites (12 03).
additional reference: a waiver code or a statement, mostly a Y code (12 04).
competent authority: the authority that issued or decides about a supporting document.
requirement: one document that has to be asked about, with every goods item that cites it.
verification: what is known about one document after asking: a status and the facts behind it, or "undetermined".
finding: one result of a rule about a document, an item or the declaration.
effect: what a finding means for the goods: release, hold or refuse.
decision: all findings of one assessment of a declaration and the gravest effect of them.
the date that counts: acceptance; without one, receipt for a declaration lodged with goods presented, none for a pre-lodged one.
"""
