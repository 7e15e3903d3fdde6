// A Socket.IO server with the library's own code: one token a connection, an event each
// 100 ms, and `invalidToken` in its place once the token has been used three times.
const http = require("http")
const [, , name, allowEIO3] = process.argv
const library = require(name)
const server = http.createServer((request, response) => {
  response.writeHead(404)
  response.end()
})
const options = { pingInterval: 1000, pingTimeout: 1000 }
if (allowEIO3) options.allowEIO3 = true
const io = library.Server ? new library.Server(server, options) : library(server, options)
let count = 0
io.on("connection", (socket) => {
  let left = 3
  const withheld = []
  let timer
  socket.on("subscribeIsolated", (message) => {
    if (!message.topics.includes("device.request.allowed")) return
    timer = setInterval(() => {
      count += 1
      const event = {
        topic: "device.request.allowed",
        body: { device: { id: "front", name: "Front door" }, holderId: `h-${count}` },
        occurred: Date.now(),
      }
      if (left > 0) {
        left -= 1
        socket.emit("device.request.allowed", event)
      } else {
        withheld.push(event)
        socket.emit("invalidToken")
      }
    }, 100)
  })
  socket.on("renewedToken", (message) => {
    if (typeof message.token !== "string") return
    left = 3
    while (withheld.length) socket.emit("device.request.allowed", withheld.shift())
  })
  socket.on("disconnect", () => clearInterval(timer))
})
server.listen(0, "127.0.0.1", () => console.log(server.address().port))
