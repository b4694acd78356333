"""EUDR due diligence statements: the Commission's published SOAP interface as one file, `authority.toml`, and its simulator."""
