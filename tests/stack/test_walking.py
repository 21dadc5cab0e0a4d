"""Every function once, with the rights that it has: those it was granted have to do."""

import hashlib
import json
import re
import time
from typing import Any
from urllib.parse import urlsplit

from running import HASTENED, PASSWORD, Case, Person, Reply, sample, until


class Walking(Case):
    def test_every_function_has_the_rights_that_it_needs(self):
        began = time.time()

        self.visitor()
        owner = self.sign_up()
        self.tags(owner)
        lead = self.leads(owner)
        self.deals(owner, lead)
        self.clients(owner)
        self.emails(owner)
        self.tasks(owner)
        self.teams(owner)
        self.sessions(owner)
        self.settings(owner)
        self.operator(owner)
        for job in (
            "admin.clean_up",
            "admin.recount",
            "dashboard.send_weekly_summaries",
            "documents.expire_pending",
            "tasks.clean_up",
            "tasks.dispatch_due",
        ):
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            self.plat.invoke(job, {**sample(job, "schedule"), "time": now})
        # Of a follow-up and an e-mail that are not there.
        self.plat.invoke("emails.send_follow_up", sample("emails.send_follow_up", "sqs"))
        self.plat.invoke("emails.record_event", sample("emails.record_event", "opened"))
        # Hardly ever is it Monday morning somewhere where somebody is.
        summary = "dashboard.send_weekly_summary"
        self.plat.invoke(summary, sample(summary, "sqs"))

        self.assertTrue(until(lambda: self.plat.timeline(owner, lead)))
        self.plat.settle()
        logs = {
            name: self.plat.log(name, began) for name in self.plat.operations if name != HASTENED
        }
        refused = [line for log in logs.values() for line in log if "AccessDenied" in line]
        self.assertEqual(refused, [])
        failed = [line for log in logs.values() for line in log if '"level":"ERROR"' in line]
        self.assertEqual(failed, [])
        untried = [name for name, log in logs.items() if not log]
        self.assertEqual(untried, [], "say in tests/stack/test_walking.py how these are called")

    def ask(self, request: str, body: Any = None, by: Person | None = None) -> Any:
        """Sends a request that is to succeed, and returns what is answered."""
        method, path = request.split()
        reply: Reply = self.plat.call(method, path, body, by)
        self.assertEqual(reply.status // 100, 2, f"{request}: {reply}")
        return reply.body

    def visitor(self) -> None:
        for path in ("/", "/docs", "/openapi.json", "/.well-known/jwks.json"):
            self.ask(f"GET {path}")
        # At the API's own host, this path is the emulator's.
        self.plat.invoke("system.health", sample("leads.get", "get") | {"rawPath": "/health"})

    def sign_up(self) -> Person:
        person = self.plat.sign_up()
        self.ask("POST /api/auth/verify-email", {"token": self.mailed(person, 1)})
        self.ask("POST /api/auth/forgot-password", {"email": person.email})
        token = self.mailed(person, 2)
        self.ask("POST /api/auth/reset-password", {"token": token, "password": PASSWORD + "!"})
        answer = {"challengeToken": "none", "code": "123456"}
        self.assertEqual(self.plat.call("POST", "/api/auth/login/2fa", answer).status // 100, 4)
        login = {"email": person.email, "password": PASSWORD + "!"}
        signed_in = self.ask("POST /api/auth/login", login)
        renewed = self.ask("POST /api/auth/refresh", {"refreshToken": signed_in["refreshToken"]})
        return Person(renewed["accessToken"], person.team, person.email)

    def mailed(self, person: Person, count: int) -> str:
        """The token in the link of the latest of so many mails."""
        mails = until(lambda: len(sent := self.plat.mail_to(person.email)) == count and sent)
        self.assertTrue(mails, f"{person.email} was not sent {count} mails")
        return re.search(r"token=([\w-]+)", mails[-1]["BodyText"])[1]

    def tags(self, by: Person) -> None:
        tag = self.ask("POST /api/tags", {"name": "warm"}, by)["id"]
        self.ask(f"PATCH /api/tags/{tag}", {"color": "#22aa55"}, by)
        self.ask("GET /api/tags", by=by)
        self.ask(f"DELETE /api/tags/{tag}", by=by)

    def settings(self, by: Person) -> None:
        for part, body in (("business", {"license": "TX-1"}), ("email", {"senderName": "Harvest"})):
            self.ask(f"GET /api/settings/{part}", by=by)
            self.ask(f"PATCH /api/settings/{part}", body, by)
        self.ask("POST /api/settings/email/test", by=by)
        fields = "/api/settings/custom-fields"
        field = self.ask(f"POST {fields}", {"name": "Roof", "type": "text"}, by)["id"]
        self.ask(f"PATCH {fields}/{field}", {"name": "The roof"}, by)
        self.ask(f"GET {fields}", by=by)
        self.ask(f"DELETE {fields}/{field}", by=by)
        keys = "/api/settings/api-keys"
        key = self.ask(f"POST {keys}", {"name": "Form"}, by)
        self.ask(f"GET {keys}", by=by)
        person = {"email": "ann.asks@example.com", "message": "Hello", "found": "by chance"}
        intake = urlsplit(key["url"]).path
        self.public("hooks.lead_intake", "POST", intake, expected=201, body=person)
        self.ask(f"DELETE {keys}/{key['id']}", by=by)
        self.ask("GET /api/integrations", by=by)
        at = "/api/integrations/openai"
        self.ask(f"GET {at}/status", by=by)
        self.ask(f"POST {at}/disconnect", by=by)
        # Refused before OpenAI is asked whether it is a key.
        body = {"apiKey": "none", "verificationKey": "none"}
        self.assertEqual(self.plat.call("POST", f"{at}/connect", body, by).status, 422)

    def leads(self, by: Person) -> str:
        lead = self.plat.create_lead(by)
        at = f"/api/leads/{lead}"
        user = self.ask("GET /api/auth/me", by=by)["user"]["id"]
        self.ask(f"GET {at}", by=by)
        self.ask(f"PATCH {at}", {"company": "Harvest Homes"}, by)
        self.ask(f"PATCH {at}/status", {"status": "contacted"}, by)
        self.ask(f"PATCH {at}/assign", {"assignedTo": user}, by)
        tagged = self.ask(f"POST {at}/tags", {"tags": ["hot"]}, by)
        self.ask(f"DELETE {at}/tags/{tagged['tags'][0]['id']}", by=by)
        note = self.ask(f"POST {at}/notes", {"content": "Likes the garden"}, by)["id"]
        self.ask(f"PATCH /api/notes/{note}", {"content": "Likes the garden very much"}, by)
        self.ask(f"GET {at}/notes", by=by)
        self.ask(f"DELETE /api/notes/{note}", by=by)
        self.ask(f"GET {at}/history", by=by)
        self.ask("GET /api/leads?sort=-score", by=by)
        self.ask(f"DELETE {at}", by=by)
        self.ask(f"POST {at}/restore", by=by)
        self.merges(by, lead)
        other = self.plat.create_lead(by)
        self.ask("POST /api/leads/bulk/update", {"ids": [other], "changes": {"score": 5}}, by)
        self.ask("POST /api/leads/bulk/assign", {"ids": [other], "assignedTo": user}, by)
        self.ask("POST /api/leads/bulk/delete", {"ids": [other]}, by)
        body = {"filter": {"minScore": 99}}
        at = f"/api/leads/bulk/{self.ask('POST /api/leads/bulk/delete', body, by)['batch']['id']}"
        self.assertTrue(until(lambda: self.ask(f"GET {at}", by=by)["status"] == "completed"))
        self.ask(f"POST {at}/cancel", by=by)
        at = f"/api/leads/exports/{self.ask('POST /api/leads/export', {}, by)['id']}"
        self.assertTrue(until(lambda: self.ask(f"GET {at}", by=by)["download"]))
        self.imports(by)
        self.ask("GET /api/dashboard/recent-activity", by=by)
        self.ask("GET /api/dashboard/stats", by=by)
        self.ask("GET /api/analytics/deals", by=by)
        self.ask("GET /api/analytics/pipeline", by=by)
        for told in ("overview", "sources", "conversion", "leads"):
            self.ask(f"GET /api/analytics/{told}", by=by)
        call = {"type": "call", "leadId": lead, "outcome": "reached"}
        logged = self.ask("POST /api/activities", call, by)["id"]
        self.ask(f"GET /api/activities/{logged}", by=by)
        self.ask(f"GET /api/activities?leadId={lead}", by=by)
        return lead

    def imports(self, by: Person) -> None:
        content = b"Name,Email,Tags\nAnn,ann.imported@example.com,listed\nNobody,,\n"
        body = {"fileName": "leads.csv", "size": len(content), "tags": ["imported"]}
        begun = self.ask("POST /api/leads/import", body, by)
        self.assertEqual(self.plat.send(begun["upload"], content)[0], 200)
        at = f"/api/leads/imports/{begun['import']['id']}"
        self.assertTrue(until(lambda: self.ask(f"GET {at}", by=by)["result"]))
        self.ask("GET /api/leads/imports", by=by)
        self.ask(f"POST {at}/undo", {}, by)
        self.assertTrue(
            until(lambda: self.ask(f"GET {at}", by=by)["undo"]["status"] == "completed")
        )
        # A file that is none is removed.
        begun = self.ask("POST /api/leads/import", {"fileName": "leads.csv", "size": 4}, by)
        self.assertEqual(self.plat.send(begun["upload"], b"\x00\x01\x02\x03")[0], 200)
        at = f"/api/leads/imports/{begun['import']['id']}"
        self.assertTrue(until(lambda: self.ask(f"GET {at}", by=by)["failure"]))

    def merges(self, by: Person, lead: str) -> None:
        at = f"/api/leads/{lead}"
        other = {"leadId": self.plat.create_lead(by)}
        self.ask(f"GET {at}/duplicates", by=by)
        self.ask(f"POST {at}/merge", other, by)

        def parted() -> bool:
            return self.plat.call("POST", f"{at}/unmerge", other, by).status == 200

        # They are parted once everything is moved.
        self.assertTrue(until(parted))

    def deals(self, by: Person, lead: str) -> None:
        body = {"propertyAddress": "12 Elm St", "leadId": lead}
        deal = self.ask("POST /api/deals", body, by)["id"]
        at = f"/api/deals/{deal}"
        user = self.ask("GET /api/auth/me", by=by)["user"]["id"]
        self.ask(f"GET {at}", by=by)
        self.ask(f"PATCH {at}", {"notes": "The roof leaks"}, by)
        self.ask(f"PUT {at}/status", {"status": "negotiating"}, by)
        self.ask(f"PATCH {at}/assign", {"assignedTo": user}, by)
        self.ask(f"POST {at}/notes", {"content": "Likes the garden"}, by)
        self.ask(f"GET {at}/history", by=by)
        self.ask(f"GET {at}/timeline", by=by)
        self.ask("GET /api/deals?sort=-lastChange", by=by)
        self.ask("GET /api/deals/board", by=by)
        self.documents(by, deal)
        self.ask(f"DELETE {at}", by=by)

    def clients(self, by: Person) -> None:
        body = {
            "name": "Ann Lee",
            "email": "ann@clients.example",
            "propertyAddress": "12 Elm St",
            "propertyType": "residential",
            "stage": "lead",
        }
        at = f"/api/clients/{self.ask('POST /api/clients', body, by)['id']}"
        self.ask(f"GET {at}", by=by)
        self.ask(f"PATCH {at}", {"stage": "negotiating"}, by)
        self.assertTrue(until(lambda: len(self.ask(f"GET {at}/tasks", by=by)["items"]) == 5))
        self.ask(f"GET {at}/timeline", by=by)
        self.ask("GET /api/clients?sort=-lastContacted", by=by)
        self.ask(f"DELETE {at}", by=by)
        self.ask(f"POST {at}/restore", by=by)
        lead = self.plat.create_lead(by)
        body = {"propertyAddress": "14 Elm St", "propertyType": "land", "deal": {}}
        self.ask(f"POST /api/leads/{lead}/convert", body, by)

    def emails(self, by: Person) -> None:
        body = {
            "name": "Bob Ray",
            "email": "bob@clients.example",
            "propertyAddress": "16 Elm St",
            "propertyType": "residential",
            "stage": "lead",
        }
        asked = {"clientId": self.ask("POST /api/clients", body, by)["id"]}
        self.ask("POST /api/emails/preview", asked, by)
        sent = self.ask("POST /api/emails/send", asked, by)
        self.assertEqual(sent["status"], "sent", sent["error"])
        at = f"/api/emails/{sent['id']}"
        self.ask(f"GET {at}", by=by)
        self.ask("GET /api/emails?status=sent", by=by)
        # What was sent is not sent again.
        self.assertEqual(self.plat.call("POST", f"{at}/retry", {}, by).status, 409)
        link = re.search(r"/unsubscribe/[\w-]+", sent["text"])
        assert link, sent["text"]
        self.public("hooks.unsubscribe_page", "GET", link.group())
        self.public("hooks.unsubscribe", "POST", link.group())
        self.assertEqual(self.plat.call("POST", "/api/emails/send", asked, by).status, 409)
        # The team has not connected SendGrid.
        self.public("hooks.sendgrid", "POST", "/webhook/sendgrid", f"team={by.team}", expected=404)

    def public(
        self,
        operation: str,
        method: str,
        path: str,
        query: str = "",
        expected: int = 200,
        body: Any = None,
    ) -> None:
        """Asks what people without an account ask, whose API has a host of its own."""
        event = sample("leads.get", "get") | {"rawPath": path, "rawQueryString": query}
        event["requestContext"]["http"] |= {"method": method, "path": path}
        if body is not None:
            event["headers"]["content-type"] = "application/json"
            event["body"] = json.dumps(body)
        self.assertEqual(self.plat.invoke(operation, event)["statusCode"], expected)

    def tasks(self, by: Person) -> None:
        body = {"title": "Call Ann", "dueAt": "2030-03-02T15:00:00Z"}
        at = f"/api/tasks/{self.ask('POST /api/tasks', body, by)['id']}"
        self.ask(f"GET {at}", by=by)
        self.ask(f"PATCH {at}", {"priority": "high"}, by)
        self.ask(f"PATCH {at}/complete", by=by)
        self.ask(f"PATCH {at}/uncomplete", by=by)
        self.ask("GET /api/tasks?overdue=true", by=by)
        self.ask(f"DELETE {at}", by=by)

    def documents(self, by: Person, deal: str) -> None:
        content = b"%PDF-1.4\n%%EOF\n"
        file = {
            "fileName": "Contract.pdf",
            "contentType": "application/pdf",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        self.ask("POST /api/documents/presigned-url", {"dealId": deal} | file, by)
        upload = self.ask(f"POST /api/deals/{deal}/documents", file, by)
        self.assertEqual(self.plat.send(upload["upload"], content)[0], 200)
        at = f"/api/documents/{upload['documentId']}"
        self.assertTrue(until(lambda: self.ask(f"GET {at}", by=by)["download"]))
        self.plat.invoke("documents.record_scan", clean(upload["upload"]["url"]))
        self.ask(f"GET /api/deals/{deal}/documents", by=by)
        self.ask(f"GET {at}/versions", by=by)
        self.ask(f"DELETE {at}", by=by)

    def teams(self, by: Person) -> None:
        at = f"/api/teams/{by.team}"
        self.ask("GET /api/teams", by=by)
        self.ask(f"GET {at}", by=by)
        self.ask(f"PATCH {at}", {"name": "Harvest"}, by)
        guest = self.plat.sign_up()
        self.ask(f"POST {at}/invite", {"email": guest.email, "role": "member"}, by)
        token = self.mailed(guest, 2)
        self.ask("POST /api/teams/invites/accept", {"token": token}, guest)
        members = self.ask(f"GET {at}/members", by=by)["items"]
        member = next(each for each in members if each["role"] == "member")["user"]["id"]
        self.ask(f"PATCH {at}/members/{member}/role", {"role": "assistant"}, by)
        self.ask(f"DELETE {at}/members/{member}", by=by)
        self.ask(f"GET {at}/audit", by=by)
        made = self.ask("POST /api/teams", {"name": "Second"}, by)["id"]
        self.ask("POST /api/auth/switch-team", {"teamId": made}, by)

    def sessions(self, by: Person) -> None:
        self.ask("PATCH /api/auth/me", {"timezone": "America/Chicago"}, by)
        login = {"email": by.email, "password": PASSWORD + "!"}
        other = Person(self.ask("POST /api/auth/login", login)["accessToken"], "", by.email)
        third = Person(self.ask("POST /api/auth/login", login)["accessToken"], "", by.email)
        sessions = self.ask("GET /api/auth/sessions", by=other)["items"]
        mine = next(each["id"] for each in sessions if each["current"])
        self.ask(f"DELETE /api/auth/sessions/{mine}", by=by)
        self.ask("POST /api/auth/logout", by=third)

    def operator(self, by: Person) -> None:
        self.plat.let_operate(by)
        self.ask("GET /api/admin/health", by=by)
        self.ask("GET /api/admin/audit-logs", by=by)


def clean(url: str) -> dict[str, Any]:
    """A verdict on the file that is put at this address."""
    told = sample("documents.record_scan", "no-threats")
    record = told["Records"][0]
    body = json.loads(record["body"])
    body["detail"]["s3ObjectDetails"] |= {
        "objectKey": "documents/" + urlsplit(url).path.split("/documents/")[1],
    }
    return told | {"Records": [record | {"body": json.dumps(body)}]}
