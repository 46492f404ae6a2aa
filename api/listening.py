"""How a process listens: the address it takes, and uvicorn's options; not what it answers."""

import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette

from api.settings import BadSettings, Settings
from api.wires import Sockets, http_protocol

BACKLOG = 2_048


class PortTaken(BadSettings):
    """Say that the address cannot be listened on, and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """Take the address without listening yet, so that nobody connects before the API is ready.

    Raises PortTaken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"cannot listen on {host} port {port} ({error.strerror}): "
            "choose another with --port, or --port 0 for any that is free"
        ) from None
    return listener


def configured(app: Starlette, settings: Settings, **more: Any) -> uvicorn.Config:
    """Give uvicorn's options for an application; `more` wins over them."""
    options: dict[str, Any] = {
        "loop": "none",
        "http": http_protocol(),
        "ws": Sockets,
        "ws_max_size": settings.body_limit_bytes,
        "ws_per_message_deflate": False,  # its window costs each socket more than all else of it
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "forwarded_allow_ips": settings.trusted_proxies,
        "backlog": BACKLOG,
        "timeout_graceful_shutdown": settings.shutdown_grace_seconds,
    }
    return uvicorn.Config(app, **{**options, **more})
