"""The push services that are configured: one table, made when the server starts."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import structlog

from server.commands.context import Clock
from server.notifications.apns import Apns
from server.notifications.fcm import Fcm
from server.notifications.provider import PLATFORMS, Provider, Recorder, Sent, Unreachable
from server.notifications.push_hosts import CheckedNetwork, NotAllowed, PushHosts
from server.notifications.push_http import PushHttp
from server.notifications.push_settings import CONTACT, PushSettings
from server.notifications.vapid_keys import VapidKeys
from server.notifications.web_push import WebPush
from server.observability import metrics
from server.store.database import Mongo

log = structlog.get_logger()

BROWSERS = ("webpush", "unifiedpush")  # the platforms whose tokens are subscriptions


class PushServices(NamedTuple):
    """{platform: provider}, and what the platforms with subscriptions need."""

    providers: Mapping[str, Provider]
    hosts: PushHosts
    vapid: VapidKeys
    connections: Sequence[PushHttp] = ()

    @property
    def platforms(self) -> list[str]:
        """The platforms whose devices this server can notify."""
        return [platform for platform in PLATFORMS if platform in self.providers]

    @property
    def public_key(self) -> str | None:
        """The key for subscriptions of browsers, in base64url; None without Web Push."""
        return self.vapid.public if set(BROWSERS) & self.providers.keys() else None

    def close(self) -> None:
        """Close the connections to the services."""
        for one in self.connections:
            one.close()

    def find(self, sent: Sent) -> tuple[str, Provider]:
        """Return the name of the service that reaches a device, and its provider.

        The name of a subscription's service is its entry in the list of hosts. For an entry with ``*.`` the host is
        appended, so that a host that does not exist trips no breaker of another host. Raises Unreachable if no service
        is configured, or if the host is not on the list any more.
        """
        provider = self.providers.get(sent.platform)
        if provider is None:
            raise Unreachable
        if sent.platform not in BROWSERS or isinstance(provider, Recorder):
            return sent.platform, provider
        try:
            entry = self.hosts.entry(sent.token)
        except NotAllowed as error:
            raise Unreachable from error
        return (f"{entry} {urlsplit(sent.token).netloc.lower()}" if entry.startswith("*.") else entry), provider


def push_services(settings: PushSettings, database: Mongo, secrets: Sequence[str], now: Clock) -> PushServices:
    """Return the services that the settings name. Nothing is connected, and no key is made, before it is needed."""
    hosts, vapid = PushHosts(settings.hosts, settings.private_hosts), VapidKeys(database, secrets, now)
    if settings.is_recorded:
        recorder = Recorder()
        return PushServices(dict.fromkeys(PLATFORMS, recorder), hosts, vapid)
    apple, google, browsers = PushHttp(http2=True), PushHttp(), PushHttp(network=CheckedNetwork(hosts))
    providers: dict[str, Provider] = {}
    if settings.apns is not None:
        providers["apns"] = Apns(apple, settings.apns)
    if settings.fcm is not None:
        providers["fcm"] = Fcm(google, settings.fcm)
    if settings.web_push:
        if settings.contact == CONTACT:
            log.warning("PUSH_CONTACT is not set: Apple refuses pushes to browsers without a real contact")
        providers |= dict.fromkeys(BROWSERS, WebPush(browsers, vapid, settings.contact))
    for platform in PLATFORMS:
        metrics.PUSH_PLATFORMS.labels(platform).set(platform in providers)
    log.info("push services", platforms=sorted(providers))
    return PushServices(providers, hosts, vapid, (apple, google, browsers))
