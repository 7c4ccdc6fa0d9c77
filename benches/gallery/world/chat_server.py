"""A chat: each client that connects hears what all others say. Three clients talk, and leave."""
import asyncio

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

members = {}


async def say(text):
    for socket in list(members.values()):
        await socket.send(text)


async def handle(socket):
    name = socket.request.path.rsplit("/", 1)[1]
    members[name] = socket
    await socket.send(f"welcome {name}")
    async for message in socket:
        await say(f"{name}: {message}")
    del members[name]


async def main():
    async with serve(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        clients = [await connect(f"ws://127.0.0.1:{port}/chat/{name}") for name in ["Ada", "Bob", "Eve"]]
        print([await client.recv() for client in clients])
        await clients[0].send("hello")
        print([await client.recv() for client in clients])
        await clients[2].close()
        while len(members) > 2:
            await asyncio.sleep(0.001)
        await clients[1].send("two are left")
        print([await client.recv() for client in clients[:2]])
        for client in clients:
            await client.close()


asyncio.run(main())
