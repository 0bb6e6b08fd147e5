"""Whether somebody listens at an address: a connection, with TLS where it is https, and not a byte more."""

import asyncio
import ssl
from urllib.parse import urlsplit

import httpx

from adapters.providers.common.http import Timeouts
from application.errors import TransientFault

_PORTS = {"http": 80, "https": 443}


async def reach(vendor: str, url: str, timeouts: Timeouts) -> None:
    """Connect and leave.

    Args:
        vendor: for the fault's text.
        url: http or https; only its host and port count. No proxy is used.
        timeouts: ``connect`` for the connection, and as long again for TLS.

    Raises:
        TransientFault: nobody listens there, or it cannot be trusted.
    """
    parts = urlsplit(url)
    tls = httpx.create_ssl_context() if parts.scheme == "https" else None
    port = parts.port or _PORTS[parts.scheme]
    try:
        async with asyncio.timeout(2 * timeouts.connect):
            _, writer = await asyncio.open_connection(parts.hostname, port, ssl=tls)
    except ssl.SSLError as error:
        raise TransientFault(f"{vendor}: {type(error).__name__}, the certificate is not trusted") from None
    except (OSError, ValueError) as error:
        # OSError has time-outs in it, ValueError names that no resolver takes.
        raise TransientFault(f"{vendor}: {type(error).__name__}, no connection") from None
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        return  # that it was there is what counts
