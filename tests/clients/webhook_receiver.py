"""A receiver of webhooks that verifies each with the package standardwebhooks, and prints one line of JSON for it."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError


class Receiver(BaseHTTPRequestHandler):
    secrets = sys.argv[1:]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        verified = [self.payload(secret, body, headers) for secret in self.secrets]
        self.send_response(204 if any(verified) else 401)
        self.end_headers()
        print(json.dumps({"verified": verified}), flush=True)

    @staticmethod
    def payload(secret: str, body: bytes, headers: dict[str, str]) -> object:
        try:
            return Webhook(secret).verify(body, headers)
        except WebhookVerificationError:
            return None

    def log_message(self, *_: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(json.dumps({"port": server.server_port}), flush=True)
server.serve_forever()
