package io.lockstep.testkit.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A process of Node.js with any number of MQTT.js clients, which does what {@code mqttjs/driver.js} says. Its packages have the
 * versions and hashes of {@code mqttjs/package-lock.json}; they are installed into the module's target folder. The test's thread
 * drives it.
 */
final class MqttJs implements AutoCloseable {
    private static final Path SOURCES = Path.of("src/test/resources/mqttjs");
    private static final Path TARGET = Path.of("target/mqttjs");
    private static final List<String> PACKAGE_FILES = List.of("package.json", "package-lock.json");
    // Written last, so that an installation that was cut short is made again.
    private static final Path INSTALLED = TARGET.resolve("installed.json");
    private static final long INSTALL_TIMEOUT_SECONDS = 120;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final Map<Integer, Client> clients = new ConcurrentHashMap<>();
    private final Process process;
    private final Writer input;
    private final Thread reader;
    private int lastNumber;
    private int lastClient;

    private MqttJs(final Process process) {
        this.process = process;
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        this.reader = new Thread(this::read, "mqtt-js");
        reader.setDaemon(true);
        reader.start();
    }

    /** Fails where there is no Node.js, unless the build may skip; skips then. */
    static void requireNode() {
        if (isOnPath("node") && isOnPath("npm")) {
            return;
        }
        final String sentence = "node and npm are not on the path, so that MQTT.js cannot be tested: install them";
        if ("1".equals(System.getenv("LOCKSTEP_CI_ALLOW_SKIPS"))) {
            assumeTrue(false, sentence);
        }
        fail(sentence + ", or set LOCKSTEP_CI_ALLOW_SKIPS=1 to skip these tests");
    }

    /** Installs MQTT.js if need be, and starts the process. */
    static MqttJs start() throws IOException, InterruptedException {
        requireNode();
        install();
        final ProcessBuilder builder = new ProcessBuilder(
                        "node", SOURCES.resolve("driver.js").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment()
                .put(
                        "NODE_PATH",
                        TARGET.resolve("node_modules").toAbsolutePath().toString());
        return new MqttJs(builder.start());
    }

    /** Connects a client. */
    EverydayClient connect(final String url, final int version, final EverydayClient.Options options) {
        final ObjectNode command = command("connect");
        command.put("url", url);
        final ObjectNode json = command.putObject("options");
        json.put("clientId", options.clientId());
        json.put("protocolVersion", version);
        json.put("clean", options.isCleanStart());
        if (version == 5) {
            json.putObject("properties").put("sessionExpiryInterval", options.sessionExpirySeconds());
        }
        if (options.will() != null) {
            json.set("will", json(options.will(), version));
        }
        final Client client = new Client(++lastClient, version);
        clients.put(client.id, client);
        client.isSessionPresent =
                carryOut(command, client).path("sessionPresent").asBoolean();
        return client;
    }

    @Override
    public void close() throws IOException {
        input.close();
        try {
            if (!process.waitFor(EverydayClient.TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                fail("node did not end with its input");
            }
            reader.join();
        } catch (final InterruptedException ex) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isOnPath(final String program) {
        return List.of(System.getenv().getOrDefault("PATH", "").split(":")).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder).resolve(program)));
    }

    private static void install() throws IOException, InterruptedException {
        final Path lock = SOURCES.resolve("package-lock.json");
        if (Files.exists(INSTALLED) && Files.mismatch(lock, INSTALLED) < 0) {
            return;
        }
        Files.createDirectories(TARGET);
        for (final String name : PACKAGE_FILES) {
            Files.copy(SOURCES.resolve(name), TARGET.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        final Path log = TARGET.resolve("npm.log");
        final Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(TARGET.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!npm.waitFor(INSTALL_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            npm.destroyForcibly();
            fail("npm did not end: " + Files.readString(log));
        }
        assertEquals(0, npm.exitValue(), Files.readString(log));
        Files.copy(lock, INSTALLED, StandardCopyOption.REPLACE_EXISTING);
    }

    private ObjectNode command(final String verb) {
        return JSON.createObjectNode().put("verb", verb);
    }

    private JsonNode carryOut(final ObjectNode command, final Client client) {
        final int number = ++lastNumber;
        final CompletableFuture<JsonNode> future = new CompletableFuture<>();
        answers.put(number, future);
        command.put("number", number).put("client", client.id);
        try {
            input.write(command + "\n");
            input.flush();
            final JsonNode answer = future.get(EverydayClient.TIMEOUT_SECONDS, TimeUnit.SECONDS);
            assertTrue(answer.path("error").isMissingNode(), () -> command + " was answered with " + answer);
            return answer;
        } catch (final Exception ex) {
            throw new AssertionError(command + " was not carried out", ex);
        }
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                final JsonNode json = JSON.readTree(line);
                if (json.has("answer")) {
                    answers.remove(json.get("answer").asInt()).complete(json);
                } else {
                    clients.get(json.get("client").asInt()).received.add(message(json));
                }
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException("what node says cannot be read", ex);
        }
    }

    private static ObjectNode json(final ClientMessage message, final int version) {
        final ObjectNode json = JSON.createObjectNode()
                .put("topic", message.topic())
                .put("payload", message.payload())
                .put("qos", message.qos())
                .put("retain", message.isRetained());
        final ClientMessage.Properties from = message.properties();
        if (version == 5 && !from.equals(ClientMessage.Properties.NONE)) {
            final ObjectNode properties = json.putObject("properties");
            final ObjectNode user = properties.putObject("userProperties");
            for (final ClientMessage.UserProperty property : from.user()) {
                user.withArray('/' + property.name()).add(property.value());
            }
            properties.put("contentType", from.contentType());
            properties.put("responseTopic", from.responseTopic());
            properties.put("correlationData", from.correlation());
            if (from.expirySeconds() > 0) {
                properties.put("messageExpiryInterval", from.expirySeconds());
            }
        }
        return json;
    }

    private static ClientMessage message(final JsonNode json) {
        final JsonNode from = json.path("properties");
        final List<ClientMessage.UserProperty> user = new ArrayList<>();
        // One value, or several of the same name.
        from.path("userProperties").properties().forEach(entry -> {
            final JsonNode values = entry.getValue() instanceof final ArrayNode array
                    ? array
                    : JSON.createArrayNode().add(entry.getValue());
            values.forEach(value -> user.add(new ClientMessage.UserProperty(entry.getKey(), value.asText())));
        });
        return new ClientMessage(
                json.get("topic").asText(),
                json.get("qos").asInt(),
                json.get("retain").asBoolean(),
                json.get("payload").asText(),
                new ClientMessage.Properties(
                        user,
                        from.path("contentType").asText(null),
                        from.path("responseTopic").asText(null),
                        from.path("correlationData").asText(null),
                        from.path("messageExpiryInterval").asLong(0)));
    }

    private final class Client implements EverydayClient {
        private final List<ClientMessage> received = new CopyOnWriteArrayList<>();
        private final int id;
        private final int version;
        private boolean isSessionPresent;

        Client(final int id, final int version) {
            this.id = id;
            this.version = version;
        }

        @Override
        public boolean isSessionPresent() {
            return isSessionPresent;
        }

        @Override
        public int subscribe(final String filter, final int qos) {
            final ObjectNode command =
                    MqttJs.this.command("subscribe").put("filter", filter).put("qos", qos);
            return carryOut(command, this).path("granted").asInt();
        }

        @Override
        public void publish(final ClientMessage message) {
            final ObjectNode command = MqttJs.this.command("publish");
            command.set("message", json(message, version));
            carryOut(command, this);
        }

        @Override
        public List<ClientMessage> received() {
            return received;
        }

        @Override
        public void close() {
            carryOut(MqttJs.this.command("disconnect"), this);
        }
    }
}
