"""An office that answers in SOAP, the file that describes it, and its answers."""

from gateway.contract import Answer, Settings
from gateway.dispatch.declarative import DeclaredAdapter, read_authority_file
from tests.builders.driving import OCCASION, query, replay

S11, S12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
FILE = """
contract = "1.5"
tier = "conformant"
name = "timber"
title = "T"
authority = "A"
contact = "C"
document_types = ["C690"]
settings = ["client"]
secrets = ["key"]
format = "xml"

[namespaces]
t = "urn:timber:1"

[soap]
version = "1.1"
header = '''<t:Client xmlns:t="urn:timber:1">{settings.client}</t:Client>'''

[soap.security]
username = "{settings.client}"
password = "key"

[verify]
same = { "t:number" = "{reference}" }
status = "t:state/@code"

[[verify.request]]
path = "/service"
action = "urn:timber:1/read"
body = '''<t:Read xmlns:t="urn:timber:1"><t:number>{reference}</t:number></t:Read>'''

[[verify.request.not_found]]
there = "t:unknown"
same = { "t:number" = "{reference}" }

[verify.facts]
reference = "t:number"
type = { is = "C690" }
holder = { path = "t:party[@role = 'holder']/t:eori", null = "not stated", optional = true }
valid_to = { path = "t:until", optional = true }

[verify.lines]
each = "t:line"
optional = true
numbered = true
commodity_code = "t:code"
refused = { path = "t:refused", optional = true }
quantity = { value = "t:volume", unit = "t:volume/@unit" }

[[fault]]
there = "detail/t:Denied"
means = "access_refused"

[[fault]]
like = { "faultstring" = "(?i).*busy.*" }
means = "unavailable"

[[status]]
code = "1"
means = "valid"
valid_from = 2026-01-01
source = "x"
"""
LINE = '<t:line><t:code>4407</t:code><t:volume unit="MTQ">5</t:volume></t:line>'
PARTY = '<t:party role="holder"/>'
CONTENT = f'<t:Licence xmlns:t="urn:timber:1"><t:number>7</t:number><t:state code="1"/>{LINE}{LINE}{PARTY}</t:Licence>'


def adapter(text: str = FILE) -> DeclaredAdapter:
    """The adapter of the file."""
    return DeclaredAdapter(read_authority_file(text), Settings(values={"client": "a<b>"}, secrets={"key": "secret"}))


def enveloped(content: str, soap: str = S11) -> bytes:
    """An answer."""
    return f'<e:Envelope xmlns:e="{soap}"><e:Header/><e:Body>{content}</e:Body></e:Envelope>'.encode()


def verified(body: bytes, *, status: int = 200, text: str = FILE, reference: str = "7") -> Answer:
    """What the adapter makes of an answer."""
    return replay(adapter(text).verify(query("C690", reference), OCCASION), (status, body))
