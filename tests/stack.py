#!/usr/bin/env python3
"""Deploys `infra/template.yaml` with the packages of `make package`, without SAM: for tests that need a stack of
their own, with a statement or a value that is another.

    stack.py deploy NAME [--parameter NAME=VALUE]… [--without SID]… [--replace OLD NEW]… [--named] [--foreign FUNCTION]
    stack.py update NAME …              the same, of a stack that is there; its parameters stay where none is given
    stack.py delete NAME
    stack.py outputs NAME
    stack.py roles NAME                 of each function its settings, and the statements of its role
    stack.py secret NAME                a new secret, with what is on standard input; prints its ARN
    stack.py logs GROUP                 what stands in a group of logs, oldest first

`--named` gives the deployment the name that the changed template asks for; `--foreign` packages the function for
another processor. Prints JSON: the outputs of the stack, the messages of the group. Says on standard error why a stack failed, and exits with 3.
AWS is where the environment says; `tests/with_services.py` says it, and runs this with a Python that has boto3.
"""

import argparse
import hashlib
import io
import json
import re
import sys
import zipfile
from pathlib import Path

import boto3
from botocore.exceptions import ClientError, WaiterError

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "infra"))
from deployment import named  # noqa: E402

TEMPLATE = ROOT / "infra" / "template.yaml"
BUCKET = "portcullis-packages"
# What `infra/Makefile` builds for each function.
PACKAGES = {
    "AnyAuthorizer": "authorizer-api-keys.zip",
    "TokenAuthorizer": "authorizer.zip",
    "WebhookAuthorizer": "webhook-authorizer.zip",
}
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


class StackError(Exception):
    """What the caller must read."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["deploy", "update", "delete", "outputs", "roles", "secret", "logs"])
    parser.add_argument("name")
    parser.add_argument("--packages", type=Path)
    parser.add_argument("--parameter", action="append", default=[])
    parser.add_argument("--without", action="append", default=[], metavar="SID")
    parser.add_argument("--replace", action="append", default=[], nargs=2)
    parser.add_argument("--named", action="store_true")
    parser.add_argument("--foreign", default="", metavar="FUNCTION")
    own = parser.parse_args(arguments)
    asked = {"delete": delete, "outputs": outputs, "roles": roles, "secret": secret, "logs": messages}.get(own.command)
    try:
        if asked:
            print(json.dumps(asked(own.name)))
            return 0
        template = changed(TEMPLATE.read_text(encoding="utf-8"), own.without, own.replace)
        template = named(template) if own.named else template
        address = upload(packaged(template, own.packages, own.foreign).encode(), ".yaml")
        make = create if own.command == "deploy" else update
        make(own.name, address, dict(text.split("=", 1) for text in own.parameter))
        print(json.dumps(outputs(own.name)))
        return 0
    except StackError as error:
        print(error, file=sys.stderr)
        return 3


def changed(template: str, without: list[str], replace: list[list[str]]) -> str:
    for sid in without:
        template = without_statement(template, sid)
    for old, new in replace:
        if old not in template:
            raise SystemExit(f"stack.py: the template has no `{old}`")
        template = template.replace(old, new)
    return template


def without_statement(template: str, sid: str) -> str:
    """The template without the statement `sid`, and without the condition that holds it."""
    lines = template.splitlines(keepends=True)
    at = [number for number, line in enumerate(lines) if line.strip() == f"- Sid: {sid}"]
    if len(at) != 1:
        raise SystemExit(f"stack.py: {len(at)} statements are called `{sid}`")
    start = end = at[0]
    if lines[start - 2].strip() == "- Fn::If:":
        start -= 2
    indent = indentation(lines[start])
    end += 1
    while indentation(lines[end]) > indent:
        end += 1
    return "".join(lines[:start] + lines[end:])


def indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def packaged(template: str, packages: Path, foreign: str) -> str:
    """The template with the code of each function where CloudFormation finds it, as `sam package` writes it."""
    for function, name in PACKAGES.items():
        package = (packages / name).read_bytes()
        code = upload(for_another_processor(package) if function == foreign else package, ".zip")
        start = template.index(f"\n  {function}:\n")
        head, tail = template[:start], template[start:]
        template = head + tail.replace("CodeUri: .\n", f"CodeUri: s3://{BUCKET}/{code}\n", 1)
    return template


def for_another_processor(package: bytes) -> bytes:
    """The package with a binary whose header names a processor that nobody has."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            # https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html: e_machine
            new.writestr(entry, content[:18] + b"\0\0" + content[20:] if entry.filename == "bootstrap" else content)
    return changed.getvalue()


def upload(content: bytes, kind: str) -> str:
    s3 = boto3.client("s3")
    key = hashlib.sha256(content).hexdigest() + kind
    try:
        s3.head_object(Bucket=BUCKET, Key=key)
    except ClientError:
        region = {"LocationConstraint": s3.meta.region_name}
        try:
            s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
        except ClientError as error:
            if not error.response["Error"]["Code"].startswith("BucketAlready"):
                raise
        s3.put_object(Bucket=BUCKET, Key=key, Body=content)
    return key


def create(name: str, template: str, parameters: dict[str, str]) -> None:
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    ask("create_stack", name, template, given)
    settle(name, "stack_create_complete")


def update(name: str, template: str, parameters: dict[str, str]) -> None:
    before = described(name).get("Parameters", [])
    kept = [own["ParameterKey"] for own in before if own["ParameterKey"] not in parameters]
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    given += [{"ParameterKey": key, "UsePreviousValue": True} for key in kept]
    ask("update_stack", name, template, given)
    settle(name, "stack_update_complete")


def ask(operation: str, name: str, template: str, parameters: list[dict[str, object]]) -> None:
    s3 = boto3.client("s3")
    client = boto3.client("cloudformation")
    address = f"{s3.meta.endpoint_url}/{BUCKET}/{template}"
    try:
        getattr(client, operation)(
            StackName=name, TemplateURL=address, Parameters=parameters, Capabilities=CAPABILITIES
        )
    except ClientError as error:
        raise StackError(error.response["Error"]["Message"]) from error


def settle(name: str, state: str) -> None:
    client = boto3.client("cloudformation")
    try:
        client.get_waiter(state).wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    except WaiterError as error:
        events = client.describe_stack_events(StackName=name)["StackEvents"]
        failed = [own for own in events if own["ResourceStatus"].endswith("_FAILED")]
        reasons = [f"{own['LogicalResourceId']}: {own.get('ResourceStatusReason')}" for own in failed]
        raise StackError("\n".join([described(name)["StackStatus"], *reasons])) from error


def delete(name: str) -> None:
    client = boto3.client("cloudformation")
    client.delete_stack(StackName=name)
    settle(name, "stack_delete_complete")


def roles(name: str) -> dict[str, object]:
    cloudformation, functions, iam = (boto3.client(own) for own in ("cloudformation", "lambda", "iam"))
    found = {}
    for own in PACKAGES:
        resource = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId=own)
        function = resource["StackResourceDetail"]["PhysicalResourceId"]
        configuration = functions.get_function_configuration(FunctionName=function)
        role = configuration["Role"].rsplit("/", 1)[-1]
        policies = [
            iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        ]
        found[own] = {
            "settings": configuration["Environment"]["Variables"],
            "statements": [statement for policy in policies for statement in policy["Statement"]],
            "attached": iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"],
        }
    return found


def secret(name: str) -> str:
    made = boto3.client("secretsmanager").create_secret(Name=name, SecretString=sys.stdin.read())
    return str(made["ARN"])


def messages(group: str) -> list[str]:
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"] for page in pages for event in page["events"]]


def described(name: str) -> dict[str, object]:
    return boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]


def outputs(name: str) -> dict[str, str]:
    return {own["OutputKey"]: own["OutputValue"] for own in described(name).get("Outputs", [])}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
