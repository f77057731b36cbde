"""The letters of proof: somebody linked an object, the staff decided, too many failures at a company."""

from notifications.letters import Kind, register

register(Kind(name="object_linked", template="emails/properties/object_linked"))
register(Kind(name="link_request_approved", template="emails/properties/link_request_approved"))
register(Kind(name="link_request_refused", template="emails/properties/link_request_refused"))
register(Kind(name="name_proof_off", template="emails/properties/name_proof_off"))
