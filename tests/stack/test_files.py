"""Files: put and got at addresses that functions sign, and what follows from it."""

import hashlib
from typing import Any

from running import SOON, Case, Person, until


class Files(Case):
    def test_a_pdf_that_is_put_becomes_available_and_is_got_as_it_was(self):
        person = self.plat.sign_up()
        content = pdf()
        announced = self.announce(person, content)

        status, answer = self.plat.send(announced["upload"], content)

        self.assertEqual((status, answer), (200, b""))
        document = self.once_it_is("available", person, announced)
        self.assertEqual(self.plat.send(document["download"]), (200, content))

    def test_other_bytes_than_were_announced_are_refused(self):
        person = self.plat.sign_up()
        content = pdf()
        announced = self.announce(person, content)

        status, _ = self.plat.send(announced["upload"], content.replace(b"Hello", b"Jello"))

        self.assertEqual(status, 400)
        self.plat.settle()
        self.assertEqual(self.document(person, announced)["status"], "pending")

    def test_what_is_no_pdf_is_rejected(self):
        person = self.plat.sign_up()
        content = b"MZ this is a program"
        announced = self.announce(person, content)

        self.assertEqual(self.plat.send(announced["upload"], content)[0], 200)

        self.assertIsNone(self.once_it_is("rejected", person, announced)["download"])

    def announce(self, by: Person, content: bytes) -> dict[str, Any]:
        """Announces a contract to a new deal."""
        deal = self.plat.call("POST", "/api/deals", {"propertyAddress": "12 Elm St"}, by)
        self.assertEqual(deal.status, 201, deal)
        body = {
            "dealId": deal.body["id"],
            "fileName": "Contract.pdf",
            "contentType": "application/pdf",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        announced = self.plat.call("POST", "/api/documents/presigned-url", body, by)
        self.assertEqual(announced.status, 201, announced)
        return announced.body

    def document(self, by: Person, announced: dict[str, Any]) -> dict[str, Any]:
        """What is told of a document."""
        reply = self.plat.call("GET", f"/api/documents/{announced['documentId']}", by=by)
        self.assertEqual(reply.status, 200, reply)
        return reply.body

    def once_it_is(self, status: str, by: Person, announced: dict[str, Any]) -> dict[str, Any]:
        """What is told of a document that soon has this status."""

        def look() -> dict[str, Any] | None:
            document = self.document(by, announced)
            return document if document["status"] == status else None

        document = until(look, SOON)
        self.assertTrue(document, f"it is {self.document(by, announced)}")
        return document


def pdf() -> bytes:
    """A page that says hello."""
    text = b"BT /F1 24 Tf 72 720 Td (Hello) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    file = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return file + b"startxref\n%d\n%%%%EOF\n" % start
