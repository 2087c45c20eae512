"""Rate limits for requests that cost much or that try secrets. A stranger cannot use up a user's tries."""

from ipaddress import IPv4Address, ip_address, ip_network

from schemas.errors import RateLimited
from server.limits.moving_windows import MovingWindows, Window
from server.limits.settings import Limits

MINUTE, HOUR, DAY = 60, 3_600, 86_400  # seconds
PER_HANDLE = (  # passphrases tried for one handle from one address: the longer it goes on, the longer is the wait
    Window(10, 5 * MINUTE),
    Window(30, HOUR),
    Window(100, DAY),
)
PER_USER = Window(60, 5 * MINUTE)  # passphrases tried by all phones that were signed in to one account before
PER_LINK = Window(60, 5 * MINUTE)  # link codes entered from one address
PER_ACCOUNT = Window(10, 5 * MINUTE)  # passphrases that a signed-in account sends to confirm an action
PER_CODE = Window(5, 5 * MINUTE)  # codes tried for one account from one address, after the right passphrase
PER_CODES = Window(20, HOUR)  # codes tried for one account from all addresses, after the right passphrase
PER_DEVICE = Window(60, MINUTE)  # refresh tokens traded by one device; and as many unknown tokens from one address

SITE = 64  # bits of an IPv6 address that the network assigns; the client chooses the other bits


class RateLimits:
    """Counts tries in this worker's memory: it depends on no other service, and n workers allow n times as many tries.

    Every function but ``signed_in`` counts one try. It raises RateLimited, with ``retry_after`` in seconds, if there
    were too many.
    """

    def __init__(self, limits: Limits) -> None:
        self._windows = MovingWindows()
        self._sign_ins = _per_address(limits.sign_ins_per_address)
        self._accounts = _per_address(limits.accounts_per_address)
        self._demos = Window(limits.demos_per_address, HOUR) if limits.demos_per_address else None

    def register(self, address: str) -> None:
        """Count an account made from an address."""
        self._hit(self._accounts, "register", address)

    def demo(self, address: str) -> None:
        """Count a pair of demo accounts made from an address."""
        self._hit(self._demos, "demo", address)

    def sign_in(self, way: str, address: str, handle: str) -> None:
        """Count a passphrase or code tried for a handle from an address; each ``way`` to sign in counts by itself.

        Tries are not counted by handle alone, as that would let a stranger lock the handle's user out.
        """
        self._hit(self._sign_ins, way, address)
        for limit in PER_HANDLE:
            self._hit(limit, way, address, handle)

    def sign_in_again(self, way: str, user: str, device: str) -> None:
        """Count a try of a phone that was signed in before, apart from the tries of strangers."""
        self._hit(PER_USER, way, "again", user)
        for limit in PER_HANDLE:
            self._hit(limit, way, "again", user, device)

    def signed_in(self, address: str, handle: str) -> None:
        """Forget the tries for a handle from an address, as one of them was right."""
        for limit in PER_HANDLE:
            self._windows.clear(limit, "login", address, handle)

    def link(self, address: str) -> None:
        """Count a link code that is entered from an address."""
        self._hit(PER_LINK, "link", address)

    def sign_in_through_provider(self, address: str) -> None:
        """Count an id_token sent from an address: apart from passphrases, so that neither uses up the other's tries."""
        self._hit(self._sign_ins, "oidc", address)

    def passkey(self, address: str) -> None:
        """Count a passkey tried from an address, together with passphrases: the account is not known before."""
        self._hit(self._sign_ins, "login", address)

    def code(self, user: str, place: str) -> None:
        """Count a code of an authenticator app tried for an account, from an address or a signed-in device.

        All tries of an account are also counted together. That locks nobody out, as each try needs its passphrase.
        """
        self._hit(PER_CODE, "code", user, place)
        self._hit(PER_CODES, "codes", user)

    def refresh(self, who: str) -> None:
        """Count a refresh token sent by a device, or an unknown one from an address."""
        self._hit(PER_DEVICE, "refresh", who)

    def confirm(self, user: str) -> None:
        """Count a passphrase or id_token by which a signed-in account confirms an action."""
        self._hit(PER_ACCOUNT, "confirm", user)

    def _hit(self, window: Window | None, *who: str) -> None:
        if window is not None and (wait := self._windows.hit(window, *who)):
            raise RateLimited("Too many tries; wait a little.", retry_after=max(1, round(wait)))


def _per_address(number: int) -> Window | None:
    return Window(number, 5 * MINUTE) if number else None


def origin(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the network of an IPv6 address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), SITE), strict=False))
