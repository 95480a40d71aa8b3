"""Creates, lists and revokes with the client that openapi-python-client has generated of the OpenAPI document.

Takes the folder that contains the package `generated` as its argument, and the facts on standard input.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

from generated.api.groups import create_group, list_groups
from generated.api.realm import show_realm
from generated.api.service_credentials import (
    create_service_credential,
    edit_service_credential,
    list_service_credentials,
    revoke_service_credential,
)
from generated.client import AuthenticatedClient
from generated.models import (
    CreateGroupBody,
    CreateServiceCredentialBody,
    EditServiceCredentialBody,
    Group,
    Problem,
    Receipt,
    RevokeServiceCredentialBody,
)

facts = json.load(sys.stdin)
realm = facts["realm"]
client = AuthenticatedClient(base_url=facts["base_url"], token=facts["token"])


def done(step: str) -> None:
    print(json.dumps({"step": step, "ok": True}))


assert show_realm.sync(realm, client=client).realm == realm
group = create_group.sync(realm, client=client, body=CreateGroupBody(name="builders", scopes=["ci:read"]))
assert isinstance(group, Group) and group.scopes == ["ci:read"], group
assert [one.name for one in list_groups.sync(realm, client=client).items] == ["builders"]

body = CreateServiceCredentialBody(name="nightly", validity_days=90, token_ttl_seconds=3600, groups=["builders"])
credential = create_service_credential.sync(realm, client=client, body=body)
assert credential.client_key.startswith("clvk_")
assert [one.scope for one in credential.effective_scopes] == ["ci:read"]
assert [one.from_[0].name for one in credential.effective_scopes] == ["builders"]
done("create")

listed = list_service_credentials.sync(realm, client=client)
assert [str(one.id) for one in listed.items] == [str(credential.id)] and listed.next_cursor is None
done("list")

edit = EditServiceCredentialBody(groups=[])
edited = edit_service_credential.sync(realm, str(credential.id), client=client, body=edit)
assert edited.receipt.outcome.value == "confirmed", edited
done("edit")

outside = CreateServiceCredentialBody(name="x", validity_days=5, token_ttl_seconds=90)
wrong = create_service_credential.sync(realm, client=client, body=outside)
assert isinstance(wrong, Problem) and wrong.status == 422, wrong
assert sorted(one.field for one in wrong.errors) == ["token_ttl_seconds", "validity_days"], wrong
done("problem")

by_name = RevokeServiceCredentialBody(name="nightly")
receipt = revoke_service_credential.sync(realm, str(credential.id), client=client, body=by_name)
assert isinstance(receipt, Receipt) and receipt.outcome.value == "confirmed", receipt
assert len(receipt.confirmed.nodes) == 1 and receipt.position > 0
assert list(receipt.confirmed_after_ms.additional_properties) == receipt.confirmed.nodes
done("revoke")
