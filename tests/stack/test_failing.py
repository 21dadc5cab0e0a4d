"""What fails, and what of it is lost: nothing."""

import json
import signal
import threading
import time
from contextlib import ExitStack

from running import TOLD, Case, until

# Fewer than the requests that a person has each minute.
MANY = 40

# What ids are written with.
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Failing(Case):
    def test_a_message_that_cannot_be_worked_ends_alone_among_the_dead_letters(self):
        person = self.plat.sign_up()
        with self.plat.listening() as heard:
            lead = self.plat.create_lead(person)
            event = until(lambda: heard("lead.created", lead))
        poison = json.dumps({"detail-type": "lead.created", "detail": {"id": "none"}})

        for job in TOLD:
            queue = self.plat.queue(job)
            with self.subTest(job), queue.hidden_for(1):
                until(lambda: self.plat.told(job, person) == 1)
                queue.send([another(event, 1), poison, another(event, 2)])
                until(lambda: self.plat.told(job, person) == 3)
                dead = until(queue.dead_letters().take, 20)

                self.assertEqual(self.plat.told(job, person), 3)
                self.assertEqual(dead, [poison])
                self.assertEqual((queue.count(), queue.dead_letters().count()), (0, 0))

    def test_a_function_that_dies_with_work_in_its_hands_loses_none(self):
        person = self.plat.sign_up()
        lead = self.plat.create_lead(person)
        until(lambda: self.plat.timeline(person, lead))
        queue = self.plat.queue("activities.record")

        for job in ("outbox.relay", "activities.record"):
            with self.subTest(job), queue.hidden_for(2):
                self.assertTrue(self.plat.signal(job, signal.SIGSTOP), f"{job} does not run")
                lead = self.plat.create_lead(person)
                # It is handed the work, and stands still.
                time.sleep(1)
                self.assertEqual(self.plat.timeline(person, lead), [])
                self.assertTrue(self.plat.signal(job, signal.SIGKILL))

                self.assertEqual(len(until(lambda: self.plat.timeline(person, lead))), 1)

    def test_functions_that_die_in_the_midst_of_many_changes_lose_none(self):
        person = self.plat.sign_up()
        queues = [self.plat.queue(job) for job in TOLD]
        done = threading.Event()

        def kill() -> None:
            while not done.wait(0.4):
                for job in ("outbox.relay", *TOLD):
                    self.plat.signal(job, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        with ExitStack() as shortened:
            for queue in queues:
                shortened.enter_context(queue.hidden_for(2))
            killer.start()
            try:
                for _ in range(MANY):
                    self.plat.create_lead(person)
            finally:
                done.set()
                killer.join()
            for job in TOLD:
                with self.subTest(job):
                    until(lambda: self.plat.told(job, person) == MANY, 30)
                    self.plat.settle()
                    self.assertEqual(self.plat.told(job, person), MANY)

        self.assertEqual([queue.url for queue in queues if queue.dead_letters().count()], [])


def another(message: str, number: int) -> str:
    """The event of a message once more, as one of its own."""
    body = json.loads(message)
    event = body["detail"]["id"]
    body["detail"]["id"] = event[:-1] + DIGITS[(DIGITS.index(event[-1]) + number) % len(DIGITS)]
    return json.dumps(body)
