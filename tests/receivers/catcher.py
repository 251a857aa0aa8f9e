"""Catches what plugins send to fixed hosts: a proxy that plays every host behind it, over TLS."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from receivers.http import Handler, Receiver, serving


@dataclass(frozen=True, slots=True, kw_only=True)
class Catcher:
    """A running catcher, and the environment that leads a process into it."""

    receiver: Receiver
    environment: Mapping[str, str]


class ConnectHandler(Handler):
    """Answers CONNECT by being the host that was asked for."""

    contexts: Mapping[str, ssl.SSLContext]

    def do_CONNECT(self) -> None:  # noqa: N802 -- http.server's name for the method
        """Speak TLS as the host that was asked for, and serve it."""
        host = self.path.rpartition(":")[0]
        if host not in self.contexts:
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        with self.contexts[host].wrap_socket(self.connection, server_side=True) as secure:
            Inside(secure, self.client_address, self.server, self.receiver)
        self.close_connection = True


class Inside(Handler):
    """Serves the requests inside one TLS connection."""

    def __init__(
        self, connection: ssl.SSLSocket, client: object, server: object, receiver: Receiver
    ) -> None:
        self.receiver = receiver
        super().__init__(connection, client, server)  # type: ignore[arg-type]  # typed for its own server only


@contextmanager
def catcher(folder: Path, *hosts: str) -> Iterator[Catcher]:
    """Play `hosts` until the block ends; certificates are put into `folder`."""
    authority = trustme.CA()
    bundle = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    contexts: dict[str, ssl.SSLContext] = {}
    for host in hosts:
        contexts[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(contexts[host])
    with serving(ConnectHandler, Receiver(), more=(("contexts", contexts),)) as receiver:
        yield Catcher(
            receiver=receiver,
            environment={
                "HTTPS_PROXY": f"http://{receiver.address}",
                "REQUESTS_CA_BUNDLE": str(bundle),
                "NO_PROXY": "",
            },
        )
