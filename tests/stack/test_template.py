"""How the tool that deploys reads templates. Asks nothing of what is deployed."""

import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from stack import limits, template


class Reading(unittest.TestCase):
    def test_short_forms_are_what_they_are_short_for(self):
        read = load("A: !Sub 'x-${B}'\nC: !GetAtt D.Outputs.E\nF: !If [G, !Ref H, 2026-01-01]\n")

        self.assertEqual(read["A"], {"Fn::Sub": "x-${B}"})
        self.assertEqual(read["C"], {"Fn::GetAtt": ["D", "Outputs.E"]})
        self.assertEqual(read["F"], {"Fn::If": ["G", {"Ref": "H"}, "2026-01-01"]})

    def test_whatever_is_referred_to_is_found(self):
        value = {
            "DependsOn": "A",
            "Other": [{"Ref": "B"}, {"Fn::GetAtt": ["C", "Arn"]}],
            "Text": {"Fn::Sub": ["${D}/${E.Arn}/${F}/${!G}/${AWS::Region}", {"F": {"Ref": "H"}}]},
        }

        self.assertEqual(template.references(value), {"A", "B", "C", "D", "E", "H", "AWS::Region"})

    def test_outputs_stand_in_place_of_references_to_them(self):
        value = {
            "DependsOn": ["Data", "Api"],
            "Name": {"Fn::GetAtt": ["Data", "Outputs.Name"]},
            "Text": {"Fn::Sub": "${Data.Outputs.Name}/${Api}/${!Data.Outputs.Name}"},
        }

        made = template.with_outputs(value, {"Data": {"Name": "plat"}})

        self.assertEqual(
            made,
            {
                "DependsOn": ["Api"],
                "Name": "plat",
                "Text": {"Fn::Sub": "plat/${Api}/${!Data.Outputs.Name}"},
            },
        )

    def test_an_output_that_is_missing_is_named(self):
        with self.assertRaisesRegex(KeyError, "the stack Data has no output Name"):
            template.with_outputs({"Fn::GetAtt": ["Data", "Outputs.Name"]}, {"Data": {}})


class Fitting(unittest.TestCase):
    def test_what_the_emulator_cannot_judge_is_granted_without_a_condition(self):
        body = {
            "Resources": {
                "Role": role(
                    {
                        "Action": "kms:Decrypt",
                        "Resource": "the key",
                        "Condition": {"Null": {"kms:EncryptionContext:team": "false"}},
                    },
                    {"Action": "s3:GetObject", "Resource": "a file", "Condition": {"Bool": {}}},
                )
            }
        }

        limits.fit(body)

        policy = body["Resources"]["Role"]["Properties"]["Policies"][0]
        key, file = policy["PolicyDocument"]["Statement"]
        self.assertEqual(key, {"Action": ["kms:Decrypt"], "Resource": "the key"})
        self.assertIn("Condition", file)


def role(*statements: dict):
    policy = {"PolicyName": "granted", "PolicyDocument": {"Statement": list(statements)}}
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}


def load(text: str):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.yaml"
        path.write_text(text)
        return template.load(path)


if __name__ == "__main__":
    unittest.main()
