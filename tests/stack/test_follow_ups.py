"""A follow-up that is due: written, sent, and told of what became of it."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from running import SOON, Case, Person, sample, until


class FollowUps(Case):
    def test_a_follow_up_that_is_due_is_sent_and_what_becomes_of_it_is_told(self):
        person = self.plat.sign_up()
        client = self.client(person)
        task = self.due_now(person, client)

        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.plat.invoke("tasks.dispatch_due", {**sample("tasks.dispatch_due", "schedule"), "time": now})

        email = self.once_it_is("sent", person, client["id"])
        self.assertEqual(email["taskId"], task)
        done = self.plat.call("GET", f"/api/tasks/{task}", by=person).body
        self.assertEqual((done["status"], done["emailId"]), ("completed", email["id"]))
        (mail,) = self.plat.mail_to(client["email"])
        self.assertIn(email["subject"], json.dumps(mail))

        self.tell("Open", person, email)

        self.once_it_is("opened", person, client["id"])

    def client(self, by: Person) -> dict[str, Any]:
        """A client of a team where it is about noon: nobody is written to at night."""
        ahead = datetime.now(UTC).hour - 12
        zone = f"Etc/GMT{ahead:+d}" if ahead else "Etc/GMT"
        set_to = self.plat.call("PATCH", "/api/settings/business", {"timeZone": zone}, by)
        self.assertEqual(set_to.status, 200, set_to)
        body = {
            "name": "Ann Lee",
            "email": f"{uuid4().hex[:12]}@clients.example",
            "propertyAddress": "12 Elm St",
            "propertyType": "residential",
            "stage": "lead",
        }
        made = self.plat.call("POST", "/api/clients", body, by)
        self.assertEqual(made.status, 201, made)
        return made.body

    def due_now(self, by: Person, client: dict[str, Any]) -> str:
        """The first of the client's five follow-ups, which is due now."""

        def planned() -> list[dict[str, Any]] | None:
            tasks = self.plat.call("GET", f"/api/clients/{client['id']}/tasks", by=by).body["items"]
            return tasks if len(tasks) == 5 else None

        tasks = until(planned, SOON)
        self.assertTrue(tasks, "no follow-ups are planned")
        task = next(task["id"] for task in tasks if task["followUpType"] == "day_1")
        due = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        moved = self.plat.call("PATCH", f"/api/tasks/{task}", {"dueAt": due}, by)
        self.assertEqual(moved.status, 200, moved)
        return task

    def once_it_is(self, status: str, by: Person, client: str) -> dict[str, Any]:
        """The one e-mail to a client that soon has this status."""

        def look() -> dict[str, Any] | None:
            emails = self.plat.call("GET", f"/api/emails?clientId={client}", by=by).body["items"]
            return next((email for email in emails if email["status"] == status), None)

        email = until(look, SOON)
        self.assertTrue(email, self.plat.call("GET", f"/api/emails?clientId={client}", by=by).body)
        return email

    def tell(self, kind: str, by: Person, email: dict[str, Any]) -> None:
        """Tells what SES tells. Nobody but SES may put its events on the bus, so what the rule lets through is put
        into the queue that it leads to."""
        event = json.loads(sample("emails.record_event", "opened")["Records"][0]["body"])
        tags = event["detail"]["mail"]["tags"]
        queue, pattern = self.plat.rule_of("emails.record_event")
        (configuration_set,) = pattern["detail"]["mail"]["tags"]["ses:configuration-set"]
        tags["ses:configuration-set"] = [configuration_set]
        tags["plat_team"], tags["plat_email"] = [by.team], [email["id"]]
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        event |= {"id": str(uuid4()), "time": now}
        event["detail"] |= {"eventType": kind}
        event["detail"]["open"]["timestamp"] = now
        text = json.dumps(event)
        lets = self.plat.events.test_event_pattern(EventPattern=json.dumps(pattern), Event=text)
        self.assertTrue(lets["Result"])
        self.plat.queues.send_message(QueueUrl=queue, MessageBody=text)
