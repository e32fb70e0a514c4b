'use strict';
// Drives MQTT.js for a test: commands come as one JSON object a line, and so go answers and messages. Ends with its input.
const mqtt = require('mqtt');
const readline = require('node:readline');

const clients = new Map();

function say(line) {
  process.stdout.write(JSON.stringify(line) + '\n');
}

function publishProperties(message) {
  if (message.properties === undefined) {
    return undefined;
  }
  const properties = message.properties;
  const correlationData =
    properties.correlationData === undefined ? undefined : Buffer.from(properties.correlationData);
  return { ...properties, correlationData };
}

function received(client, topic, payload, packet) {
  const properties = { ...packet.properties };
  if (properties.correlationData !== undefined) {
    properties.correlationData = properties.correlationData.toString();
  }
  say({ client, topic, payload: payload.toString(), qos: packet.qos, retain: packet.retain, properties });
}

const commands = {
  connect(command, answer) {
    const options = { ...command.options, reconnectPeriod: 0 };
    if (options.will !== undefined) {
      options.will = { ...options.will, properties: publishProperties(options.will) };
    }
    const client = mqtt.connect(command.url, options);
    clients.set(command.client, client);
    // Before the answer to the CONNECT: what waits in the session comes right behind it.
    client.on('message', (topic, payload, packet) => received(command.client, topic, payload, packet));
    client.once('connect', (packet) => answer(null, { sessionPresent: packet.sessionPresent }));
    client.once('error', (error) => answer(error));
    // A connection that is cut is the test's business.
    client.on('error', () => {});
  },

  subscribe(command, answer) {
    clients.get(command.client).subscribe(command.filter, { qos: command.qos }, (error, granted) =>
      answer(error, error ? {} : { granted: granted[0].qos }));
  },

  publish(command, answer) {
    const message = command.message;
    const options = { qos: message.qos, retain: message.retain, properties: publishProperties(message) };
    clients.get(command.client).publish(message.topic, message.payload, options, (error) => answer(error, {}));
  },

  disconnect(command, answer) {
    const client = clients.get(command.client);
    clients.delete(command.client);
    client.end(!client.connected, {}, (error) => answer(error, {}));
  },
};

readline
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line);
    let isAnswered = false;
    commands[command.verb](command, (error, fields) => {
      if (!isAnswered) {
        isAnswered = true;
        say({ answer: command.number, ...(error ? { error: String(error) } : fields) });
      }
    });
  })
  .on('close', () => process.exit(0));
