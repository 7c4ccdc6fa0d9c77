// What benches/world/run measures as Node's HTTP server: prints its port and answers until it is ended.
const http = require("node:http");
const server = http.createServer((request, response) => {
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end("hello");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
