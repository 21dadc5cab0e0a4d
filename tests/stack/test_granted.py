"""What functions may do: what they were granted, and nothing else."""

import time

from running import Case


class Granted(Case):
    def test_a_function_whose_grant_is_taken_away_is_refused(self):
        person = self.plat.sign_up()
        lead = self.plat.create_lead(person)

        def get() -> int:
            return self.plat.call("GET", f"/api/leads/{lead}", by=person).status

        self.assertEqual(get(), 200)
        since = time.time()
        with self.plat.without("leads.get", "dynamodb:GetItem"):
            self.assertEqual(get(), 500)
        refused = [line for line in self.plat.log("leads.get", since) if "AccessDenied" in line]
        self.assertEqual(len(refused), 1)
        self.assertIn("dynamodb:GetItem", refused[0])
        self.assertEqual(get(), 200)

    def test_a_function_that_may_not_read_its_secret_does_not_start(self):
        self.plat.sign_up()

        with self.plat.without("auth.register", "secretsmanager:GetSecretValue"):
            self.plat.restart("auth.register")
            with self.assertRaisesRegex(AssertionError, "AccessDenied"):
                self.plat.invoke("auth.register", {})

        self.plat.sign_up()
