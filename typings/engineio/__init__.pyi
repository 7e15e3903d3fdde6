# What this project uses of python-engineio, which tells no types of its own.

import aiohttp

class AsyncClient:
    http: aiohttp.ClientSession | None
    ws: aiohttp.ClientWebSocketResponse | None
