"""What follows from a request: changes, events, jobs, schedules."""

import json
import time

from running import SOON, TOLD, Case, until


class Following(Case):
    def test_what_happens_to_a_lead_is_on_its_timeline_within_ten_seconds(self):
        person = self.plat.sign_up()
        lead = self.plat.create_lead(person)

        lines = until(lambda: self.plat.timeline(person, lead), SOON)

        self.assertEqual([line["type"] for line in lines], ["lead_created"])

    def test_whoever_signs_up_is_sent_a_mail(self):
        person = self.plat.sign_up()

        mail = until(lambda: self.plat.mail_to(person.email), SOON)

        self.assertEqual(len(mail), 1)

    def test_a_change_that_is_told_twice_counts_once(self):
        person = self.plat.sign_up()
        lead = self.plat.create_lead(person)
        until(lambda: self.plat.timeline(person, lead))
        self.plat.settle()
        once = self.plat.items(person.team)
        changes = [record for record in self.plat.changes() if person.team in json.dumps(record)]
        since = time.time()

        reply = self.plat.invoke("outbox.relay", {"Records": changes})

        self.assertEqual(reply, {"batchItemFailures": []})
        for job in TOLD:
            self.assertTrue(until(lambda: self.plat.log(job, since)), f"{job} was not told again")
        self.plat.settle()
        self.assertEqual(self.plat.items(person.team), once)
        self.assertEqual([self.plat.told(job, person) for job in TOLD], [1, 1, 1])

    def test_a_message_that_is_delivered_twice_counts_once(self):
        person = self.plat.sign_up()
        with self.plat.listening() as heard:
            lead = self.plat.create_lead(person)
            event = until(lambda: heard("lead.created", lead))
        until(lambda: self.plat.timeline(person, lead))
        self.plat.settle()
        once = self.plat.items(person.team)

        for job in TOLD:
            self.plat.queue(job).send([event, event])
        self.plat.settle()

        self.assertEqual(self.plat.items(person.team), once)
        self.assertEqual([self.plat.told(job, person) for job in TOLD], [1, 1, 1])
