"""A TCP link of a given length: every byte arrives half the latency later, in order, in either direction.

    relay.py TARGET_PORT LATENCY_MS

Prints the port where it listens. Ends with its input."""

import asyncio
import os
import sys

CHUNK = 1 << 18
QUEUED_MAX = 1000  # chunks on their way; then the sender waits, as it would for the window of a real link


async def receive(reader, way, delay):
    loop = asyncio.get_running_loop()
    while data := await reader.read(CHUNK):
        await way.put((loop.time() + delay, data))
    await way.put((loop.time() + delay, b""))


async def deliver(way, writer):
    loop = asyncio.get_running_loop()
    while True:
        due, data = await way.get()
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        if not data:
            writer.close()
            return
        writer.write(data)
        await writer.drain()


async def carry(reader, writer, delay):
    way = asyncio.Queue(QUEUED_MAX)
    await asyncio.gather(receive(reader, way, delay), deliver(way, writer), return_exceptions=True)
    writer.close()


async def link(near_reader, near_writer, port, delay):
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(carry(near_reader, far_writer, delay), carry(far_reader, near_writer, delay))


async def serve(port, latency_ms):
    delay = latency_ms / 2000
    server = await asyncio.start_server(lambda reader, writer: link(reader, writer, port, delay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)  # whoever holds a connection yet sees it end


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
