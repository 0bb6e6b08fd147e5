"""Answers to e-mails, as SendGrid's Inbound Parse posts them.

Shape: www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook.
"""

import json
from collections.abc import Mapping
from typing import Any


def content_type(boundary: str) -> str:
    """The header of a parsed e-mail."""
    return f"multipart/form-data; boundary={boundary}"


def parsed_email(mail: Mapping[str, Any], ref: str, address: str, text: str, boundary: str) -> bytes:
    """The body that is posted about one answer.

    Args:
        mail: what it answers, as it was handed over.
        ref: the id of that.
        address: of the person who answers.
        text: what they write; mail programs quote what it answers.
        boundary: between the fields.
    """
    original = f"<{ref}@geopod-ismtpd-4>"
    references = " ".join(filter(None, (mail.get("headers", {}).get("References"), original)))
    to = mail.get("reply_to", mail["from"])["email"]
    quoted = "\n".join(f"> {line}" for line in mail["content"][0]["value"].splitlines())
    headers = f"Message-ID: <{ref}.answer@mail.example>\nIn-Reply-To: {original}\nReferences: {references}\n"
    fields = {
        "headers": headers,
        "dkim": "none",
        "to": to,
        "from": f"Somebody <{address}>",
        "sender_ip": "192.0.2.1",
        "envelope": json.dumps({"to": [to], "from": address}),
        "subject": f"Re: {mail['subject']}",
        "text": f"{text}\n\nOn Monday, {to} wrote:\n\n{quoted}\n",
        "attachments": "0",
        "charsets": json.dumps(dict.fromkeys(("to", "from", "subject", "text"), "UTF-8")),
        "SPF": "pass",
    }
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return f"{''.join(parts)}--{boundary}--\r\n".encode()
