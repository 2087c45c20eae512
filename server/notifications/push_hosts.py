"""The hosts to which pushes go. A phone names the address, so a wrong one must reach nothing inside this network.

A host must be on the list. Its name is resolved once, all its addresses must be public, and the connection goes to the
address that was checked; the certificate is still checked for the name. Redirects are never followed.
"""

import ipaddress
import socket
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

import httpcore

PUBLIC = (  # of browsers, and of UnifiedPush
    "fcm.googleapis.com",
    "*.push.apple.com",
    "updates.push.services.mozilla.com",
    "*.notify.windows.com",
    "ntfy.sh",
)
HTTPS = 443
RESERVED = (  # networks that are not public, though ``is_global`` of some Python versions says they are
    ipaddress.ip_network("192.0.0.0/24"),
    ipaddress.ip_network("64:ff9b:1::/48"),
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # addresses that stand for an IPv4 address in their last four bytes
MOST_ADDRESSES = 4  # addresses of a host that are tried, one after the other
LONGEST_ENDPOINT = 2_048  # characters of an endpoint

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowed(ValueError):
    """A push must not go to this host; the text is a sentence for developers of apps."""


class NoAddress(httpcore.ConnectError):
    """A host has no address that may be connected to. This says nothing about other hosts."""


class PushHosts:
    """The list of allowed hosts: PUBLIC, those of the operator, and those that may have private addresses."""

    def __init__(self, own: Iterable[str] = (), private: Iterable[str] = ()) -> None:
        """Take entries "host" or "host:port"; ``*.`` at the beginning stands for any subdomain."""
        self._private = tuple(private)
        self._entries = (*PUBLIC, *own, *self._private)

    def entry(self, endpoint: str) -> str:
        """Return the entry of the list that an endpoint belongs to; raises NotAllowed."""
        return self._entry(*_parts(endpoint))

    def _entry(self, host: str, port: int) -> str:
        found = next((entry for entry in self._entries if _matches(entry, host, port)), None)
        if found is None:
            raise NotAllowed(f"This server sends no pushes to {host[:80]!r}; PUSH_HOSTS lists further hosts.")
        return found

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, resolved now; raises NotAllowed if any of them is not public.

        Raises OSError if the name cannot be resolved.
        """
        self._entry(host, port)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
        if not any(_matches(entry, host, port) for entry in self._private):
            for address in addresses:
                require_public(address)
        return addresses[:MOST_ADDRESSES]


class CheckedNetwork(httpcore.SyncBackend):
    """Connects to addresses that were checked. It is asked for each connection, and resolves the name once for it."""

    def __init__(self, hosts: PushHosts) -> None:
        super().__init__()
        self._hosts = hosts

    def connect_tcp(  # type: ignore[override]  # the same arguments, passed on
        self, host: str, port: int, **options: object
    ) -> httpcore.NetworkStream:
        """Connect to a checked address of a host; raises httpcore.ConnectError. TLS still asks for the host's name."""
        try:
            *others, last = self._hosts.addresses(host, port)
        except (NotAllowed, OSError, UnicodeError) as error:
            raise NoAddress(str(error)) from error
        for address in others:
            with suppress(httpcore.NetworkError, httpcore.TimeoutException):  # such as IPv6 without a route
                return super().connect_tcp(address, port, **options)  # type: ignore[arg-type]
        return super().connect_tcp(last, port, **options)  # type: ignore[arg-type]


def require_public(address: str) -> None:
    """Raise NotAllowed for an address that is private, loopback, link-local or otherwise not of the public Internet.

    For an IPv6 address, the IPv4 addresses that it stands for are checked as well.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    for one in (found, *_embedded(found)):
        if not one.is_global or one.is_multicast or any(one in network for network in RESERVED):
            raise NotAllowed(f"The address {address} is not public.")


def _embedded(address: Address) -> list[Address]:
    """Return the IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def _parts(endpoint: str) -> tuple[str, int]:
    """Return the host and the port of an endpoint; raises NotAllowed for anything but a plain https address."""
    try:
        url = urlsplit(endpoint)
        port = url.port or HTTPS
    except ValueError as error:
        raise NotAllowed("Send the endpoint of the subscription as the browser gave it.") from error
    is_plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint and "\\" not in endpoint
    if (
        url.scheme != "https"
        or not url.hostname
        or "@" in url.netloc
        or not is_plain
        or len(endpoint) > LONGEST_ENDPOINT
    ):
        raise NotAllowed("Send the endpoint of the subscription as the browser gave it: an https address.")
    return url.hostname, port


def _matches(entry: str, host: str, port: int) -> bool:
    name, _, wanted = entry.partition(":")
    if port != int(wanted or HTTPS):
        return False
    return host.endswith(name[1:]) and host != name[2:] if name.startswith("*.") else host == name
