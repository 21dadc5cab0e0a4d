// Lambda's runtime interface in as little as it takes: Amazon's client for Node is compiled on installation, with tools
// that few machines have. That this one does less is to Node's advantage.
const http = require("node:http");
const { handler } = require(process.argv[2]);

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const options = { host, port, agent, method, path: `/2018-06-01/runtime/invocation/${path}` };
    const request = http.request(options, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve([response.headers, Buffer.concat(parts).toString()]));
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function run() {
  for (;;) {
    const [headers, event] = await call("GET", "next");
    const id = headers["lambda-runtime-aws-request-id"];
    const reply = await handler(JSON.parse(event));
    await call("POST", `${id}/response`, JSON.stringify(reply));
  }
}

run().catch((error) => {
  console.error(error);
  process.exit(1);
});
