"""`python -m stack start` brings the emulator up and deploys to it; `python -m stack stop` ends it."""

import platform
import sys
from pathlib import Path

from . import deploy, package
from .emulator import REGION, ROOT_KEY, ROOT_SECRET, Emulator

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = "dev"

# What an operator would say. The emulator runs the binaries as they are, so they are this machine's.
PARAMETERS = {
    "Environment": ENVIRONMENT,
    "MailFrom": "plat@example.com",
    "Architecture": "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
}


def main() -> int:
    emulator = Emulator(ROOT / "target" / "stack" / "run")
    match sys.argv[1:]:
        case ["start"]:
            package.build(ROOT)
            if emulator.pid() is None:
                emulator.start()
            deployed = deploy.deploy(emulator, ROOT, f"plat-{ENVIRONMENT}", PARAMETERS)
            describe(emulator, deployed)
        case ["stop"]:
            print("The emulator has ended." if emulator.stop() else "No emulator runs.")
        case _:
            print("say start or stop", file=sys.stderr)
            return 2
    return 0


def describe(emulator: Emulator, deployed: deploy.Deployed) -> None:
    width = max(map(len, deployed.outputs), default=0)
    for name, value in sorted(deployed.outputs.items()):
        print(f"  {name:{width}}  {value}")
    print(f"""
  Mail that was sent: {emulator.url}/_ministack/ses/messages
  Log of it all:      {emulator.log.relative_to(ROOT)}

  For the AWS CLI and `cargo lambda invoke --remote`:
  export AWS_ENDPOINT_URL={emulator.url} AWS_REGION={REGION} AWS_CA_BUNDLE={emulator.certificate} \\
    SSL_CERT_FILE={emulator.certificate} AWS_ACCESS_KEY_ID={ROOT_KEY} AWS_SECRET_ACCESS_KEY={ROOT_SECRET}

  `make stack` again brings it up to date; `make stack-stop` ends it.""")


if __name__ == "__main__":
    sys.exit(main())
